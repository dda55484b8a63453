using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Dashboard.Figures;
using Platform.Testing;

namespace Platform.Dashboard.Tests;

/// <summary>Open pages ask services once together, and no token is shown what it may not read.</summary>
public sealed class SharedReadingsTests
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 15, 12, 0, 0, TimeSpan.Zero));
    private readonly SharedReadings _shared;
    private int _asked;

    public SharedReadingsTests() => _shared = new SharedReadings(_time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_that_ask_at_once_wait_for_one_reading()
    {
        var answer = new TaskCompletionSource<string>();
        var pages = Enumerable.Range(0, 100).Select(_ => ReadAsync(Key(), _ => answer.Task)).ToList();
        answer.SetResult("figures");

        Assert.All(await Task.WhenAll(pages).WaitAsync(Limit, Cancel), read => Assert.Equal(("figures", _time.GetUtcNow()), read));
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task A_reading_is_taken_with_its_own_date_as_long_as_it_is_fresh()
    {
        var first = await ReadAsync(Key(), _ => Task.FromResult("first"));
        _time.Advance(Fresh - TimeSpan.FromMilliseconds(1));
        Assert.Equal(first, await ReadAsync(Key(), _ => Task.FromResult("second")));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(("second", _time.GetUtcNow()), await ReadAsync(Key(), _ => Task.FromResult("second")));
    }

    [Fact]
    public async Task Nothing_is_shared_between_roles_or_teams()
    {
        foreach (var key in new[] { Key(), Key() with { TeamId = "team_a" }, Key() with { Role = Role.Admin }, Key() with { Figures = "others" } })
        {
            Assert.Equal($"{key}", (await ReadAsync(key, _ => Task.FromResult($"{key}"))).Value);
        }

        Assert.Equal(4, _shared.Count);
        _time.Advance(Fresh);
        await ReadAsync(Key(), _ => Task.FromResult("later"));
        Assert.Equal(1, _shared.Count);
    }

    [Theory]
    [InlineData(StatusCode.Unauthenticated)]
    [InlineData(StatusCode.PermissionDenied)]
    public async Task What_is_refused_to_the_token_of_one_page_is_refused_to_no_other(StatusCode refused)
    {
        var answer = new TaskCompletionSource<string>();
        var (first, second) = (ReadAsync(Key(), _ => answer.Task), ReadAsync(Key(), _ => Task.FromResult("figures")));
        answer.SetException(Status(refused));

        Assert.Equal(refused, (await Assert.ThrowsAsync<RpcException>(() => first.WaitAsync(Limit, Cancel))).StatusCode);
        Assert.Equal("figures", (await second.WaitAsync(Limit, Cancel)).Value);
    }

    [Fact]
    public async Task Who_waits_for_a_service_that_is_away_is_told_and_the_next_asks_again()
    {
        var answer = new TaskCompletionSource<string>();
        var pages = Enumerable.Range(0, 3).Select(_ => ReadAsync(Key(), _ => answer.Task)).ToList();
        answer.SetException(Status(StatusCode.Unavailable));

        foreach (var page in pages)
        {
            await Assert.ThrowsAsync<RpcException>(() => page.WaitAsync(Limit, Cancel));
        }

        Assert.Equal(1, _asked);
        Assert.Equal("figures", (await ReadAsync(Key(), _ => Task.FromResult("figures"))).Value);
    }

    [Fact]
    public async Task A_page_that_is_closed_takes_its_reading_from_nobody()
    {
        using var closed = new CancellationTokenSource();
        var answer = new TaskCompletionSource<string>();
        var first = ReadAsync(Key(), stop => answer.Task.WaitAsync(stop), closed.Token);
        var second = ReadAsync(Key(), _ => Task.FromResult("its own"));
        await closed.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        answer.SetResult("figures");
        Assert.Equal("figures", (await second.WaitAsync(Limit, Cancel)).Value);
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task What_nobody_waits_for_any_more_is_stopped()
    {
        using var closed = new CancellationTokenSource();
        var stopped = new TaskCompletionSource();
        var only = ReadAsync(Key(), async stop =>
        {
            try
            {
                return await new TaskCompletionSource<string>().Task.WaitAsync(stop);
            }
            finally
            {
                stopped.SetResult();
            }
        }, closed.Token);
        await closed.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => only);
        await stopped.Task.WaitAsync(Limit, Cancel);
        Assert.Equal(0, _shared.Count);
        Assert.Equal("figures", (await ReadAsync(Key(), _ => Task.FromResult("figures"))).Value);
    }

    [Fact]
    public async Task Two_pages_ask_for_wallets_once()
    {
        var services = new Services();
        var (first, second) = (Page(services), Page(services));
        await Task.WhenAll(first.ChooseAsync("team_a", Cancel), second.ChooseAsync("team_a", Cancel)).WaitAsync(Limit, Cancel);

        Assert.Equal("wal_team_a", second.Wallets.Value!.Of("team_a")!.WalletId);
        Assert.Equal(first.Wallets, second.Wallets);
        Assert.Equal(2, services.AskedForWallets);
    }

    [Theory]
    [InlineData(StatusCode.Unauthenticated, true)]
    [InlineData(StatusCode.PermissionDenied, false)]
    public async Task A_token_that_is_revoked_or_stopped_is_shown_nothing_that_others_read(StatusCode refused, bool signedOut)
    {
        var services = new Services();
        await Page(services).ChooseAsync("team_a", Cancel).WaitAsync(Limit, Cancel);
        services.Refused = refused;
        var page = Page(services);
        await page.ChooseAsync("team_a", Cancel).WaitAsync(Limit, Cancel);

        Assert.Null(page.Wallets.Value);
        Assert.Equal(signedOut, page.SignedOut);
    }

    [Fact]
    public async Task A_token_that_only_calls_models_reads_for_itself()
    {
        var services = new Services();
        await Page(services).ChooseAsync("team_a", Cancel).WaitAsync(Limit, Cancel);
        services.Role = Role.Inference;
        await Page(services).ChooseAsync("team_a", Cancel).WaitAsync(Limit, Cancel);
        Assert.Equal(4, services.AskedForWallets);
    }

    [Fact]
    public async Task While_it_is_not_known_who_a_token_is_its_page_reads_for_itself()
    {
        var services = new Services();
        await Page(services).ChooseAsync("team_a", Cancel).WaitAsync(Limit, Cancel);
        services.Refused = StatusCode.DeadlineExceeded;
        var page = Page(services);
        await page.ChooseAsync("team_a", Cancel).WaitAsync(Limit, Cancel);
        Assert.NotNull(page.Wallets.Value);
        Assert.Equal(4, services.AskedForWallets);
    }

    private static ReadingKey Key() => new("figures", "", Role.Viewer);

    private static RpcException Status(StatusCode code) => new(new Status(code, "test"));

    private Task<(string Value, DateTimeOffset AsOf)> ReadAsync(ReadingKey key, Func<CancellationToken, Task<string>> read, CancellationToken? closed = null) => _shared.ReadAsync(
        key, Fresh,
        stop =>
        {
            Interlocked.Increment(ref _asked);
            return read(stop);
        },
        closed ?? Cancel);

    private FigureFeed Page(CallInvoker services) => new(
        new WalletReader(new Wallet.WalletClient(services), _time), new MeteringReader(new Usage.UsageClient(services), new Demand.DemandClient(services), _time),
        new AlertReader(new Alerts.AlertsClient(services), new Controls.ControlsClient(services), _time), new BudgetReader(new Budgets.BudgetsClient(services), _time),
        new ForecastReader(new Contracts.Forecast.V1.Forecast.ForecastClient(services), _time), _shared, new PageRights(new Identity.IdentityClient(services), _time), _time);

    /// <summary>Wallet answers; Metering is away.</summary>
    private sealed class Services : UnaryInvoker
    {
        private int _askedForWallets;

        public int AskedForWallets => _askedForWallets;

        public Role Role { get; set; } = Role.Viewer;

        /// <summary>What is answered to who asks who it is; null: who it is.</summary>
        public StatusCode? Refused { get; set; }

        protected override object Answer(object request)
        {
            switch (request)
            {
                case WhoAmIRequest when Refused is { } refused:
                    throw Status(refused);
                case WhoAmIRequest:
                    return new WhoAmIResponse { Key = new ApiKey { Role = Role } };
                case ListWalletsRequest asked:
                    Interlocked.Increment(ref _askedForWallets);
                    return new ListWalletsResponse
                    {
                        Wallets = { asked.TeamId.Length == 0 ? new[] { Wallets.Organisation(), Wallets.Team("team_a", "A") } : [] },
                        Totals = new WalletTotals(),
                    };
                default:
                    throw Status(StatusCode.Unavailable);
            }
        }
    }
}
