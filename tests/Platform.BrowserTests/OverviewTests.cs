using System.Globalization;
using System.Text.Json.Nodes;
using Aspire.Hosting.Testing;
using Platform.AppHost;
using Platform.IntegrationTests;
using Platform.Testing;

namespace Platform.BrowserTests;

/// <summary>What a person sees on the dashboard's first page, against what the REST API answers.</summary>
public sealed class OverviewTests
{
    /// <summary>Enough full days for a forecast, and one call of today.</summary>
    private const int HistoryDays = 30;

    /// <summary>A projection counts what is left of today, so it moves by the minute between the page's reading and the API's; nothing else may.</summary>
    private const decimal ForecastTolerance = 0.02m;

    /// <summary>What spills, a panel a line.</summary>
    private const string Spills = """
        const edge = box => box.getBoundingClientRect().right + 1;
        const spills = [...document.querySelectorAll('.panel, .tile')].filter(box =>
            [...box.querySelectorAll('*')].some(part => !part.closest('.scroll') && part.getBoundingClientRect().right > edge(box)));
        return [...spills.map(box => box.querySelector('h2').textContent), ...document.documentElement.scrollWidth > innerWidth ? ['the page'] : []].join('\n');
        """;

    /// <summary>What is to be scrolled sideways to be read, a panel a line.</summary>
    private const string Scrolls = """
        return [...document.querySelectorAll('.scroll:not(.newest)')].filter(box => box.scrollWidth > box.clientWidth)
            .map(box => box.closest('.panel').querySelector('h2').textContent).join('\n');
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 240_000)]
    public async Task The_page_after_sign_in_shows_the_figures_that_the_api_answers_and_follows_them()
    {
        using var browser = new Browser();
        await using var platform = await RunningPlatform.StartAsync(TestContext.Current.CancellationToken);
        await Seed.FundSupportAsync(platform, Cancel);
        await History.LogAsync(platform, HistoryDays, _ => 1, Cancel);

        // 1. Without a session the page asks for a token, and refuses one that nobody knows.
        browser.Open(new Uri(platform.App.GetEndpoint(ResourceNames.Dashboard), "/?team=team_support"));
        Assert.Equal("/sign-in", browser.Address.AbsolutePath);
        SignIn(browser, "kt_live_nobodyknowsthisone00000000000000000000000");
        Assert.Equal("This token is unknown or revoked.", await browser.TextAsync("//*[@role='alert' and @id='token-message']"));

        // 2. With one it comes back to the team that was asked for, and every figure is the API's.
        SignIn(browser, RunningPlatform.OwnerToken);
        await browser.TextAsync("//article[h2='Month to date']//*[@class='amount']");
        Assert.Equal("/?team=team_support", browser.Address.PathAndQuery);
        await AssertShownAsync(platform, browser, "Month to date", "v1/spend/run-rate?team=team_support", answer => answer["month_to_date"]);
        await AssertShownAsync(platform, browser, "Run rate a day", "v1/spend/run-rate?team=team_support", answer => answer["daily_run_rate"]);
        await AssertShownAsync(
            platform, browser, "Forecast at month end", "v1/forecast?team_id=team_support", answer => answer["month_end_p50"], ForecastTolerance);
        await AssertShownAsync(
            platform, browser, "Available in the wallet", "v1/wallets/balance?team_id=team_support", answer => answer["effective"]!["balance"]);

        // 3. On a screen of any width nothing lies outside of the window or its panel, but what scrolls in it; and on a phone only the chart does that.
        foreach (var width in new[] { 390, 1024, 1280, 1440 })
        {
            browser.Resize(width);
            Assert.Equal("", browser.Run<string>(Spills));
            Assert.Equal("", browser.Run<string>(Scrolls));
        }

        // 4. Of a team that there is not the page says that, and warns of no service.
        browser.Open(new Uri(platform.App.GetEndpoint(ResourceNames.Dashboard), "/?team=nobody"));
        Assert.StartsWith("There is no team “nobody”.", await browser.TextAsync("//main/p[@class='empty']"), StringComparison.Ordinal);
        await Eventually.TrueAsync(
            () => Task.FromResult(browser.Run<string>("return [...document.querySelectorAll('.warning')].map(line => line.textContent).join()") == ""),
            TimeSpan.FromSeconds(20), "no warning");
        browser.Open(new Uri(platform.App.GetEndpoint(ResourceNames.Dashboard), "/?team=team_support"));

        // 5. Money that arrives while the page is open appears on it, with the team still chosen.
        await Seed.FundSupportAsync(platform, Cancel, 12.345678901m);
        await AssertShownAsync(
            platform, browser, "Available in the wallet", "v1/wallets/balance?team_id=team_support", answer => answer["effective"]!["balance"]);
        Assert.Equal("/?team=team_support", browser.Address.PathAndQuery);

        // 6. It is over when another tab signs out, and its own button does so at once.
        browser.Run<object?>("return void fetch('/sign-out', { method: 'POST', body: new URLSearchParams(new FormData(document.getElementById('sign-out'))), redirect: 'manual' })");
        await Eventually.TrueAsync(() => Task.FromResult(browser.Address.AbsolutePath == "/sign-in"), TimeSpan.FromSeconds(60), "the page asks to sign in again");
        SignIn(browser, RunningPlatform.OwnerToken);
        await browser.TextAsync("//article[h2='Month to date']//*[@class='amount']");
        Assert.Equal("/?team=team_support", browser.Address.PathAndQuery);
        browser.Click(".session button");
        await Eventually.TrueAsync(() => Task.FromResult(browser.Address.AbsolutePath == "/sign-in"), TimeSpan.FromSeconds(20), "the page asks to sign in again");
    }

    private static void SignIn(Browser browser, string token)
    {
        browser.Type("#token", token);
        browser.Click("form button");
    }

    /// <summary>The tile's exact amount and the API's are the same: both are read again until they are, since the platform lives on between the two.</summary>
    private static Task AssertShownAsync(
        RunningPlatform platform, Browser browser, string tile, string path, Func<JsonNode, JsonNode?> figure, decimal tolerance = 0) =>
        Eventually.TrueAsync(
            async () =>
            {
                var expected = (decimal)figure(JsonNode.Parse(await platform.Api.GetStringAsync(path, Cancel))!)!;
                var shown = await browser.AttributeAsync($"//article[h2='{tile}']//p[@class='figure']/*[@class='amount']", "title");
                var difference = Math.Abs(decimal.Parse(shown.Replace(" USD", ""), CultureInfo.InvariantCulture) - expected);
                return expected > 0 && difference <= expected * tolerance;
            },
            TimeSpan.FromSeconds(30),
            $"{tile} as {path} answers it");
}
