using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Dashboard.Figures;
using Platform.Dashboard.Overview;
using Platform.Testing;
using ForecastClient = Platform.Contracts.Forecast.V1.Forecast.ForecastClient;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.Dashboard.Tests;

/// <summary>The whole page, of an organisation whose Wallet alone answers.</summary>
public sealed class OverviewPageTests
{
    /// <summary>Parts of the page that are read by themselves.</summary>
    private const int Readings = 7;

    [Fact(Timeout = 60_000)]
    public async Task What_stands_on_the_page_only_where_there_is_some_is_told_of_while_it_could_not_be_read()
    {
        await using var fresh = new Rendered<OverviewPage>(more: AddFeed);
        Assert.DoesNotContain("could not be read", await fresh.ShowAsync(), StringComparison.Ordinal);
        await using var page = new Rendered<OverviewPage>(more: AddFeed);
        using var closed = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var read = new TaskCompletionSource();
        var count = 0;
        var running = page.Services.GetRequiredService<FigureFeed>().RunAsync(() => _ = ++count == Readings && read.TrySetResult(), closed.Token);
        await read.Task.WaitAsync(closed.Token);
        var html = await page.ShowAsync();
        Assert.Equal(
            ["Open alerts", "Budgets", "Refused this month"],
            html.Split("<h2>").Where(part => part.Contains("could not be read", StringComparison.Ordinal)).Select(part => part.Split("</h2>")[0]));
        await closed.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Theory]
    [InlineData("team_a", "Search", true)]
    [InlineData("nobody", "No such team", false)]
    public async Task Of_a_team_that_there_is_not_the_heading_says_so_and_a_link_leads_back(string team, string heading, bool known)
    {
        await using var page = new Rendered<OverviewPage>($"http://localhost/?team={team}", AddFeed);
        var html = System.Net.WebUtility.HtmlDecode(await page.ShowAsync());
        Assert.Equal(heading, html.Split("<h1 tabindex=\"-1\">")[1].Split('<')[0]);
        Assert.Equal(known, html.Contains("June 2026, UTC", StringComparison.Ordinal));
        Assert.Equal(!known, html.Contains("There is no team “nobody”. <a href=\"/\">", StringComparison.Ordinal));
    }

    private static void AddFeed(IServiceCollection services)
    {
        var (wallet, away) = (new WalletAlone(), new Away());
        services.AddScoped(_ => new WalletClient(wallet)).AddScoped(_ => new Identity.IdentityClient(away)).AddScoped(_ => new Controls.ControlsClient(away))
            .AddScoped(_ => new Usage.UsageClient(away)).AddScoped(_ => new Demand.DemandClient(away)).AddScoped(_ => new Alerts.AlertsClient(away))
            .AddScoped(_ => new Budgets.BudgetsClient(away)).AddScoped(_ => new ForecastClient(away))
            .AddScoped<WalletReader>().AddScoped<MeteringReader>().AddScoped<AlertReader>().AddScoped<BudgetReader>().AddScoped<ForecastReader>()
            .AddSingleton<SharedReadings>().AddScoped<PageRights>().AddScoped<FigureFeed>();
    }

    /// <summary>An organisation with one team.</summary>
    private sealed class WalletAlone : UnaryInvoker
    {
        protected override object Answer(object request) => ((ListWalletsRequest)request).Scopes.Contains(WalletScope.Team)
            ? new ListWalletsResponse { Wallets = { Wallets.Organisation(), Wallets.Team("team_a", "Search") } }
            : new ListWalletsResponse { Totals = new WalletTotals { Wallets = 2 } };
    }

    private sealed class Away : UnaryInvoker
    {
        private static RpcException Unavailable => new(new Status(StatusCode.Unavailable, "test"));

        protected override object Answer(object request) => throw Unavailable;

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw Unavailable;
    }
}
