using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.Testing;
using OpenQA.Selenium;
using Platform.AppHost;
using Platform.IntegrationTests;
using Platform.Testing;

namespace Platform.BrowserTests;

/// <summary>What a person sees on the dashboard's first page, against what the REST API answers.</summary>
public sealed class OverviewTests
{
    /// <summary>Enough full days for a forecast, and one call of today.</summary>
    private const int HistoryDays = 30;

    /// <summary>A day's size by which a month costs more than a million: room for few digits is found everywhere.</summary>
    private const int SevenDigits = 300_000;

    /// <summary>A4 within a browser's margins, in CSS pixels.</summary>
    private const int Paper = 717;

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

    /// <summary>What has the focus: what it is called, and whether it is seen.</summary>
    private const string Focused = """
        const part = document.activeElement, style = getComputedStyle(part), box = part.getBoundingClientRect();
        const name = part.ariaLabel ?? document.getElementById(part.getAttribute('aria-labelledby'))?.textContent ?? part.textContent;
        return name.trim() + (style.outlineStyle != 'none' && box.width > 2 && box.height > 2 ? '' : ', unseen');
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 900_000)]
    public async Task The_page_after_sign_in_shows_the_figures_that_the_api_answers_and_follows_them()
    {
        using var browser = new Browser();
        await using var platform = await RunningPlatform.StartAsync(TestContext.Current.CancellationToken);
        await Seed.FundSupportAsync(platform, Cancel);
        await History.LogAsync(platform, HistoryDays, _ => SevenDigits, Cancel);
        await PostAsync(platform, "v1/budgets", new
        {
            budget_id = "emea", name = "A budget with a rather long name for the Rindfleischetikettierungsueberwachungsaufgabenuebertragungsgesetz", scope = new { team_id = "team_support" }, period = "month", amount = 0.01m, currency = "USD",
        });
        await PostAsync(platform, "v1/wallets/credit", new { amount = 123_456_789.12m, currency = "USD", description = "test" });
        await Seed.FundSupportAsync(platform, Cancel, 98_765_432.10m);
        await PostAsync(platform, "v1/teams", new { team_id = "team_long", name = "Customer experience engineering and conversational assistants for Europe, the Middle East and Africa" });
        await PostAsync(platform, "v1/teams", new { team_id = "team_word", name = "Donaudampfschifffahrtsgesellschaftskapitaenswitwenrentenkasse" });
        foreach (var number in Enumerable.Range(1, 20))
        {
            await PostAsync(platform, "v1/teams", new { team_id = $"team_{number}", name = $"Support and search {number}" });
            await PostAsync(platform, "v1/wallets/allocate", new { team_id = $"team_{number}", amount = 0.1m, currency = "USD", description = "test" });
        }

        // 1. Without a session the page asks for a token, and refuses one that nobody knows.
        browser.Open(new Uri(platform.App.GetEndpoint(ResourceNames.Dashboard), "/?team=team_support"));
        Assert.Equal("/sign-in", browser.Address.AbsolutePath);
        await SignInAsync(browser, "kt_live_nobodyknowsthisone00000000000000000000000");
        Assert.Equal("The token is unknown or revoked. Ask an admin for a new one.", await browser.TextAsync("//*[@role='alert' and @id='token-message']"));

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

        // Forecasts of all teams are one answer, of the teams without usage too.
        var teams = JsonNode.Parse(await platform.Api.GetStringAsync("v1/forecast/teams", Cancel))!["teams"]!.AsArray();
        Assert.Equal("ready", (string)teams.Single(team => (string)team!["team_id"]! == "team_support")!["status"]!);
        Assert.Equal("history_too_short", (string)teams.Single(team => (string)team!["team_id"]! == "team_20")!["status"]!);

        await browser.TextAsync("//section[h2='Budgets']//*[@class='status depleted']");
        await browser.TextAsync("//ul[@class='alerts']//span[starts-with(text(), 'Budget ')]");

        // 3. On a screen of any width nothing lies outside of the window or its panel, but what scrolls in it; and on a phone only the chart does that.
        foreach (var width in new[] { 390, 700, 900, 1024, 1280, 1440 })
        {
            browser.Resize(width);
            Assert.Equal("", browser.Run<string>(Spills));
            Assert.Equal("", browser.Run<string>(Scrolls));
            Assert.Equal("", browser.Run<string>(CutFigures));
        }

        // On paper a table is a table, though paper is as narrow as a tablet, and nothing of it is cut.
        browser.Resize(Paper);
        browser.Print(onPaper: true);
        Assert.Equal("table-row", browser.Run<string>("return getComputedStyle(document.querySelector('.stacked tbody tr')).display"));
        Assert.Equal("", browser.Run<string>(Spills));
        Assert.Equal("", browser.Run<string>(Scrolls));
        browser.Print(onPaper: false);
        browser.Resize(1440);

        // Who has no mouse skips what stands above the figures, sees where the focus is, and reaches everything that can scroll.
        Assert.StartsWith("$", await browser.TextAsync("//section[h2='Forecast at month end']//td[@data-label='P50']"), StringComparison.Ordinal);
        browser.Run<object?>("return void document.querySelector('.skip').focus()");
        Assert.Equal("Skip to the figures", browser.Run<string>(Focused));
        browser.Press(Keys.Enter);
        await Eventually.TrueAsync(() => Task.FromResult(browser.Run<string>("return document.activeElement.tagName") == "H1"), Browser.Patience, "the focus is at the figures");
        Assert.Equal("/?team=team_support", browser.Address.PathAndQuery);
        var stops = new List<string>();
        foreach (var _ in Enumerable.Range(0, 10))
        {
            // Alerts that are open by now come first: each is a stop, and opens. A team's name in a table is one too, and leads to its page.
            do
            {
                browser.Press(Keys.Tab);
            }
            while (browser.Run<bool>("return document.activeElement.closest('.alerts, th') != null"));

            stops.Add(browser.Run<string>(Focused));
        }

        Assert.StartsWith("Daily spend, 90 days", stops[0], StringComparison.Ordinal);
        Assert.Equal(["Spend by day", "Forecast by day", "Wallets", "Forecast at month end", "The others", "Budgets", "Spend by team", "Spend by model", "Spend by workload"], stops[1..10]);

        // More teams than have room beside each other are chosen from a list, by their first letters too; by keys the page goes nowhere before somebody says so.
        browser.Run<object?>("return void document.querySelector('.bar select').focus()");
        browser.Press("Support and search 20");
        await browser.TextAsync("//nav/button[text()='Show']");
        Assert.Equal("/?team=team_support", browser.Address.PathAndQuery);
        await Eventually.TrueAsync(() => Task.FromResult(browser.Run<string>("return document.activeElement.value") == "team_20"), Browser.Patience, "the list stands at the team");

        // Each letter chooses: where one has chosen the team whose page it is, the button has gone and come, and a Tab in between found the next stop.
        await Eventually.TrueAsync(
            () =>
            {
                browser.Run<object?>("return void document.querySelector('.bar select').focus()");
                browser.Press(Keys.Tab);
                return Task.FromResult(browser.Run<string>("return document.activeElement.textContent") == "Show");
            },
            Browser.Patience, "the button is the stop after the list");
        browser.Press(Keys.Enter);
        await Eventually.TrueAsync(() => Task.FromResult(browser.Address.PathAndQuery == "/?team=team_20"), Browser.Patience, "the team is chosen");
        await Eventually.TrueAsync(() => Task.FromResult(browser.Run<string>("return document.querySelector('h1').textContent") == "Support and search 20"), Browser.Patience, "its figures are shown");
        await Eventually.TrueAsync(() => Task.FromResult(browser.Run<string>("return document.activeElement.tagName + document.activeElement.value") == "SELECTteam_20"), Browser.Patience, "the list has the focus, and shows the team");

        // A name of one long word is broken in the heading of its page too.
        browser.Open(new Uri(platform.App.GetEndpoint(ResourceNames.Dashboard), "/?team=team_word"));
        await browser.TextAsync("//h1[starts-with(.,'Donau')]");
        browser.Resize(390);
        Assert.Equal("", browser.Run<string>(Spills));
        browser.Resize(1440);

        // 4. Of a team that there is not the page says that, and warns of no service.
        browser.Open(new Uri(platform.App.GetEndpoint(ResourceNames.Dashboard), "/?team=nobody"));
        Assert.StartsWith("There is no team “nobody”.", await browser.TextAsync("//main/p[@class='empty']"), StringComparison.Ordinal);
        Assert.Equal("No such team", browser.Run<string>("return document.querySelector('h1').textContent"));
        Assert.Equal("nobody", browser.Run<string>("return document.querySelector('.bar select').value"));
        await Eventually.TrueAsync(
            () => Task.FromResult(browser.Run<string>("return [...document.querySelectorAll('.warning')].map(line => line.textContent).join()") == ""),
            Browser.Patience, "no warning");

        // What the organisation has is the money in all wallets, as the forecast beside it counts it.
        browser.Open(platform.App.GetEndpoint(ResourceNames.Dashboard));
        await AssertShownAsync(platform, browser, "Available in all wallets", "v1/forecast", answer => answer["wallet_available"]);

        // A team's name far down the page leads to the top of the team's, and the keyboard with it.
        Assert.True(browser.Run<bool>(
            """const link = [...document.querySelectorAll('th a[href*="team=team_support"]')].at(-1); link.scrollIntoView(); const far = scrollY > innerHeight / 2; link.click(); return far"""));
        await Eventually.TrueAsync(() => Task.FromResult(browser.Address.PathAndQuery == "/?team=team_support"), Browser.Patience, "the team is chosen");
        await Eventually.TrueAsync(
            () => Task.FromResult(browser.Run<bool>(
                "const title = document.querySelector('h1'); return title.textContent != 'Whole organisation' && title.getBoundingClientRect().top >= 0 && document.activeElement == title")),
            Browser.Patience, "the team's page is seen from its top");

        // Once its connection has ended, the page is loaded again as the one that it has become.
        browser.Run<object?>("const end = document.querySelector('.reconnect'); end.classList.add('components-reconnect-rejected'); return void end.querySelector('a').click()");
        await Eventually.TrueAsync(
            () => Task.FromResult(browser.Run<bool>("return document.querySelector('.reconnect:not(.components-reconnect-rejected)') != null")), Browser.Patience, "the page is loaded again");
        Assert.Equal("/?team=team_support", browser.Address.PathAndQuery);

        // 5. Money that arrives while the page is open appears on it, with the team still chosen.
        await Seed.FundSupportAsync(platform, Cancel, 12.345678901m);
        await AssertShownAsync(
            platform, browser, "Available in the wallet", "v1/wallets/balance?team_id=team_support", answer => answer["effective"]!["balance"]);
        Assert.Equal("/?team=team_support", browser.Address.PathAndQuery);

        // 6. It is over when another tab signs out, also where a link led to a place on it, and its own button does so at once.
        browser.Run<object?>("return void fetch('/sign-out', { method: 'POST', body: new URLSearchParams(new FormData(document.getElementById('sign-out'))), redirect: 'manual' })");
        await Eventually.TrueAsync(() => Task.FromResult(browser.Address.AbsolutePath == "/sign-in"), Browser.Patience, "the page asks to sign in again");
        await SignInAsync(browser, RunningPlatform.OwnerToken);
        await browser.TextAsync("//article[h2='Month to date']//*[@class='amount']");
        Assert.Equal("/?team=team_support", browser.Address.PathAndQuery);
        await browser.ClickAsync(".session button");
        await Eventually.TrueAsync(() => Task.FromResult(browser.Address.AbsolutePath == "/sign-in"), Browser.Patience, "the page asks to sign in again");
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
                if (expected == 0)
                {
                    await History.LogAsync(platform, days: 1, _ => SevenDigits, Cancel); // The month has turned since the others were told: it has a call of its own now.
                }

                var shown = await browser.AttributeAsync($"//article[h2='{tile}']//p[@class='figure']/*[@class='amount']", "title");
                var difference = Math.Abs(decimal.Parse(shown.Replace(" USD", ""), CultureInfo.InvariantCulture) - expected);
                return expected > 0 && difference <= expected * tolerance;
            },
            Browser.Patience,
            $"{tile} as {path} answers it");
}
