using System.Globalization;
using System.Net.Http.Json;
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

    /// <summary>Figures of the chart's axis that its left edge cuts, once it is scrolled there.</summary>
    private const string CutFigures = """
        const box = document.querySelector('.newest'), at = box.scrollLeft;
        box.scrollLeft = -box.scrollWidth;
        const edge = document.querySelector('.chart svg').getBoundingClientRect().left;
        const cut = [...document.querySelectorAll('.axis')].filter(label => label.getBoundingClientRect().width > 0 && label.getBoundingClientRect().left < edge);
        box.scrollLeft = at;
        return cut.map(label => label.textContent).join('\n');
        """;

    /// <summary>Whether the chosen team is in sight among the others.</summary>
    private const string ChosenInSight = """
        const box = document.querySelector('.bar nav').getBoundingClientRect(), chosen = document.querySelector('.bar nav a.chosen').getBoundingClientRect();
        return chosen.left >= box.left - 1 && chosen.right <= box.right + 1 && chosen.top >= box.top - 1 && chosen.bottom <= box.bottom + 1;
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 240_000)]
    public async Task The_page_after_sign_in_shows_the_figures_that_the_api_answers_and_follows_them()
    {
        using var browser = new Browser();
        await using var platform = await RunningPlatform.StartAsync(TestContext.Current.CancellationToken);
        await Seed.FundSupportAsync(platform, Cancel);
        await History.LogAsync(platform, HistoryDays, _ => 1, Cancel);
        await PostAsync(platform, "v1/budgets", new
        {
            budget_id = "emea", name = "A budget with a rather long name for EMEA", scope = new { team_id = "team_support" }, period = "month", amount = 0.01m, currency = "USD",
        });
        foreach (var number in Enumerable.Range(1, 20))
        {
            await PostAsync(platform, "v1/teams", new { team_id = $"team_{number}", name = $"Support and search {number}" });
            await PostAsync(platform, "v1/wallets/allocate", new { team_id = $"team_{number}", amount = 0.1m, currency = "USD", description = "test" });
        }

        // 1. Without a session the page asks for a token, and refuses one that nobody knows.
        browser.Open(new Uri(platform.App.GetEndpoint(ResourceNames.Dashboard), "/?team=team_support"));
        Assert.Equal("/sign-in", browser.Address.AbsolutePath);
        await SignInAsync(browser, "kt_live_nobodyknowsthisone00000000000000000000000");
        Assert.Equal("This token is unknown or revoked.", await browser.TextAsync("//*[@role='alert' and @id='token-message']"));

        // 2. With one it comes back to the team that was asked for, and every figure is the API's.
        await SignInAsync(browser, RunningPlatform.OwnerToken);
        await browser.TextAsync("//article[h2='Month to date']//*[@class='amount']");
        Assert.Equal("/?team=team_support", browser.Address.PathAndQuery);
        await AssertShownAsync(platform, browser, "Month to date", "v1/spend/run-rate?team=team_support", answer => answer["month_to_date"]);
        await AssertShownAsync(platform, browser, "Run rate a day", "v1/spend/run-rate?team=team_support", answer => answer["daily_run_rate"]);
        await AssertShownAsync(
            platform, browser, "Forecast at month end", "v1/forecast?team_id=team_support", answer => answer["month_end_p50"], ForecastTolerance);
        await AssertShownAsync(
            platform, browser, "Available in the wallet", "v1/wallets/balance?team_id=team_support", answer => answer["effective"]!["balance"]);

        await browser.TextAsync("//section[h2='Budgets']//*[@class='status depleted']");

        // 3. On a screen of any width nothing lies outside of the window or its panel, but what scrolls in it; and on a phone only the chart does that.
        foreach (var width in new[] { 390, 700, 900, 1024, 1280, 1440 })
        {
            browser.Resize(width);
            Assert.Equal("", browser.Run<string>(Spills));
            Assert.Equal("", browser.Run<string>(Scrolls));
            Assert.Equal("", browser.Run<string>(CutFigures));
        }

        // A team that is chosen far along the line of teams stays in sight, and so does it when the line is scrolled back.
        foreach (var width in new[] { 390, 1440 })
        {
            browser.Resize(width);
            browser.Run<object?>("const line = document.querySelector('.bar nav'); return void line.scrollTo(line.scrollWidth, line.scrollHeight)");
            await browser.ClickAsync(".bar nav a:last-child");
            await Eventually.TrueAsync(() => Task.FromResult(browser.Run<bool>("return document.querySelector('.bar nav a:last-child').className == 'chosen'")), TimeSpan.FromSeconds(20), "the last team is chosen");
            Assert.True(browser.Run<bool>(ChosenInSight), $"the chosen team at {width}");
            browser.Run<object?>("return void document.querySelector('.bar nav').scrollTo(0, 0)");
            Assert.True(browser.Run<bool>(ChosenInSight), $"the chosen team at {width}, scrolled back");
            await browser.ClickAsync(".bar nav a:first-child");
            await Eventually.TrueAsync(() => Task.FromResult(browser.Address.PathAndQuery == "/"), TimeSpan.FromSeconds(20), "all teams are chosen");
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
        await SignInAsync(browser, RunningPlatform.OwnerToken);
        await browser.TextAsync("//article[h2='Month to date']//*[@class='amount']");
        Assert.Equal("/?team=team_support", browser.Address.PathAndQuery);
        await browser.ClickAsync(".session button");
        await Eventually.TrueAsync(() => Task.FromResult(browser.Address.AbsolutePath == "/sign-in"), TimeSpan.FromSeconds(20), "the page asks to sign in again");
    }

    private static async Task PostAsync(RunningPlatform platform, string path, object body)
    {
        using var answer = await platform.Api.PostAsJsonAsync(path, body, Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    private static async Task SignInAsync(Browser browser, string token)
    {
        await browser.TypeAsync("#token", token);
        await browser.ClickAsync("form button");
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
