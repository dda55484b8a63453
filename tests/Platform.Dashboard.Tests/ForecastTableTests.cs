using System.Globalization;
using Platform.Dashboard.Figures;
using Platform.Dashboard.Overview;
using static Platform.Dashboard.Tests.Amounts;

namespace Platform.Dashboard.Tests;

public sealed class ForecastTableTests
{
    [Fact]
    public async Task Where_nothing_has_a_forecast_yet_no_heading_stands_over_figures_that_there_are_not()
    {
        await using var table = new Rendered<ForecastTable>();
        var unready = new ForecastLine("", false, "There are 0 full days with usage.", "USD", default, default, default, null, null, "", 0, default, []);
        var html = await table.ShowAsync(("Forecast", new ForecastFigures(new Dictionary<string, ForecastLine> { [""] = unready })));
        Assert.DoesNotContain("<thead", html, StringComparison.Ordinal);
        await using var tiles = new Rendered<Tiles>();
        html = await tiles.ShowAsync(("Forecast", new ForecastFigures(new Dictionary<string, ForecastLine> { [""] = unready })));
        Assert.Contains("known as soon as there is a forecast", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_there_is_no_forecast_at_all_is_said_once_with_what_to_do()
    {
        const string Why = "There are 0 full days with usage.";
        var unready = new ForecastLine("", false, Why, "USD", default, default, default, null, null, "", 0, default, []);
        var figures = new ForecastFigures(new Dictionary<string, ForecastLine> { [""] = unready, ["team_a"] = unready with { TeamId = "team_a" } });
        await using var table = new Rendered<ForecastTable>();
        await using var tiles = new Rendered<Tiles>();
        var html = await table.ShowAsync(("Forecast", figures)) + await tiles.ShowAsync(("Forecast", figures));
        Assert.Equal(2, html.Split(Why).Length);
        Assert.Contains($"<b>Organisation, team_a</b>: {Why}", html, StringComparison.Ordinal);
        Assert.Contains("<code>kt import</code>", html, StringComparison.Ordinal);

        // Where another has one, nothing more is to be done.
        var ready = unready with { TeamId = "team_b", Ready = true, Days = [] };
        Assert.DoesNotContain("kt import", await table.ShowAsync(("Forecast", new ForecastFigures(new Dictionary<string, ForecastLine>(figures.Lines) { ["team_b"] = ready }))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Teams_without_a_forecast_for_one_reason_share_a_line_that_names_the_chosen_one()
    {
        await using var table = new Rendered<ForecastTable>();
        var teams = Enumerable.Range(1, 9).Select(number => string.Create(CultureInfo.InvariantCulture, $"team_{number}")).ToList();
        var lines = teams.ToDictionary(
            team => team, team => new ForecastLine(team, false, "There is 1 full day with usage.", "USD", default, default, default, null, null, "", 1, default, []));
        var html = await table.ShowAsync(("TeamId", "team_8"), ("Forecast", new ForecastFigures(lines)));
        Assert.Contains("<b>team_8, team_1, team_2, team_3 and 5 more</b>: There is 1 full day with usage.", html, StringComparison.Ordinal);
        Assert.Equal(2, html.Split("There is 1 full day").Length);
        Assert.Contains("<details><summary>The others</summary>team_4, team_5, team_6, team_7, team_9</details>", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_organisation_without_a_forecast_stands_above_the_teams()
    {
        await using var table = new Rendered<ForecastTable>();
        var ready = new ForecastLine("team_a", true, "", "USD", Units(1), Units(2), Units(3), null, null, "mean", 90, default, []);
        var html = await table.ShowAsync(("Forecast", new ForecastFigures(new Dictionary<string, ForecastLine>
        {
            ["team_b"] = ready with { TeamId = "team_b", Ready = false, Explanation = "Too young." }, ["team_a"] = ready,
            [""] = ready with { TeamId = "", Ready = false, Explanation = "Too young." },
        })));
        Assert.Matches("<tr class=\"total\">\\s*<td[^>]*>\\s*<div[^>]*>\\s*<b>Organisation</b>: Too young.(.|\n)*>team_a</th>(.|\n)*<b>team_b</b>: Too young.", html);
    }

    [Fact]
    public async Task A_small_team_whose_cap_is_reached_is_among_the_few_that_are_shown()
    {
        await using var table = new Rendered<ForecastTable>();
        var lines = Enumerable.Range(1, 40).Select(number => string.Create(CultureInfo.InvariantCulture, $"team_{number:00}")).ToDictionary(
            team => team, team => new ForecastLine(team, true, "", "USD", Units(100), Units(200), Units(300), null, null, "mean", 90, default, []));
        lines["team_40"] = lines["team_40"] with { P50 = Units(1), Cap = new CapAhead(Units(1), "month", 0.6, new(2040, 6, 25, 0, 0, 0, TimeSpan.Zero), new(2040, 7, 1, 0, 0, 0, TimeSpan.Zero)) };
        var html = await table.ShowAsync(("Forecast", new ForecastFigures(lines)));

        Assert.Contains(">team_40</th>", html, StringComparison.Ordinal);
        Assert.DoesNotContain(">team_39</th>", html, StringComparison.Ordinal);
        Assert.Contains("whose wallet is empty before the month ends or whose cap is reached", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wallet_that_only_observes_is_marked_beside_the_day_on_which_it_is_empty()
    {
        await using var table = new Rendered<ForecastTable>();
        var line = new ForecastLine("team_a", true, "", "USD", Units(1), Units(2), Units(3), null, null, "mean", 90, default, []);
        Task<string> ShowAsync(ForecastLine shown) => table.ShowAsync(("Forecast", new ForecastFigures(new Dictionary<string, ForecastLine> { ["team_a"] = shown })));

        Assert.Contains("<span class=\"note\" title=\"Its wallet only observes.\">observes</span>", await ShowAsync(line with { Observing = "Its wallet only observes." }), StringComparison.Ordinal);
        Assert.Contains(" <span class=\"note\" title=\"1 of 40.\">some observe</span>", await ShowAsync(line with { Observing = "1 of 40.", ObservesInPart = true }), StringComparison.Ordinal);
        Assert.DoesNotContain("observes</span>", await ShowAsync(line), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caps_that_refuse_calls_stand_beside_wallets_that_run_out_and_take_no_room_where_there_are_none()
    {
        await using var table = new Rendered<ForecastTable>();
        var line = new ForecastLine("team_a", true, "", "USD", Units(1), Units(2), Units(3), null, null, "mean", 90, default, []);
        var capped = line with { TeamId = "team_b", Cap = new CapAhead(Units(50), "month", 0.6, new(2040, 6, 25, 0, 0, 0, TimeSpan.Zero), new(2040, 7, 1, 0, 0, 0, TimeSpan.Zero)) };
        var html = await table.ShowAsync(("Forecast", new ForecastFigures(new Dictionary<string, ForecastLine> { ["team_a"] = line, ["team_b"] = capped })));

        Assert.Contains("class=\"half day alarming\" data-label=\"Cap reached\" title=\"Cap of 50.00 a month\">60 %, by 25 Jun 2040</td>", html, StringComparison.Ordinal);
        var passed = line with { Cap = new CapAhead(Units(50), "month", 1, Rendered<ForecastTable>.Now, new(2040, 7, 1, 0, 0, 0, TimeSpan.Zero)) };
        Assert.Contains(">100 %, reached now</td>", await table.ShowAsync(("Forecast", new ForecastFigures(new Dictionary<string, ForecastLine> { ["team_a"] = passed }))), StringComparison.Ordinal);
        Assert.Contains("data-label=\"Cap reached\">&#x2013;</td>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Cap reached", await table.ShowAsync(("Forecast", new ForecastFigures(new Dictionary<string, ForecastLine> { ["team_a"] = line }))), StringComparison.Ordinal);
    }
}
