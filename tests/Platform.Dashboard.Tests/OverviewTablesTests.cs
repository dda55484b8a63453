using System.Globalization;
using System.Text.RegularExpressions;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Dashboard.Figures;
using Platform.Dashboard.Overview;
using static Platform.Dashboard.Tests.Amounts;

namespace Platform.Dashboard.Tests;

public sealed partial class OverviewTablesTests
{
    [Fact]
    public async Task Spend_of_teams_of_one_name_stays_apart()
    {
        await using var tables = new Rendered<SpendTables>();
        MonthSpends teams = new([new("team_a", Units(3), 1, 0, Money.Zero), new("team_b", Units(1), 1, 0, Money.Zero)], null);
        var html = await tables.ShowAsync(
            ("Wallets", Wallets.Of(Wallets.Team("team_a", "Research"), Wallets.Team("team_b", "Research"))),
            ("Metering", Metering(teams, teams)));
        Assert.Contains("<th scope=\"row\"><a href=\"/?team=team_a#figures\">Research (team_a)</a></th>", html, StringComparison.Ordinal);
        Assert.Contains("<th scope=\"row\"><a href=\"/?team=team_b#figures\">Research (team_b)</a></th>", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "$3.00</")]
    [InlineData("team_a", "$5.00</")]
    [InlineData("team_c", null)]
    public async Task Money_without_calls_is_told_beside_the_spend_that_it_is_of(string team, string? sum)
    {
        MonthSpends teams = new(
            [new("team_a", Units(3), 1, 0, Money.Zero) { Adjustment = Units(-5) }, new("team_b", Units(2), 0, 0, Money.Zero) { Adjustment = Units(2) }, new("team_c", Units(1), 1, 0, Money.Zero)], null);
        MonthSpends models = new([new("gpt-4o", Units(1), 1, 0, Money.Zero)], null);
        var figures = Metering(teams, models, new RunRateLine(Units(1), Units(2), Units(3), Units(4), Units(5), 7)) with { TeamId = team };
        figures = figures with { RunRates = new Dictionary<string, RunRateLine> { [team] = figures.RunRates.Values.Single() } };
        await using var tables = new Rendered<SpendTables>();
        Assert.Equal(2, (await tables.ShowAsync(("TeamId", team), ("Metering", figures))).Split("adjustments <").Length - 1);
        await using var tiles = new Rendered<Tiles>();
        var html = await tiles.ShowAsync(("TeamId", team), ("Metering", figures));
        Assert.Equal(sum is not null, html.Contains("of it adjustments", StringComparison.Ordinal));
        Assert.Contains(sum ?? "", html[Math.Max(0, html.IndexOf("of it adjustments", StringComparison.Ordinal))..].Split("</p>")[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_figure_of_the_month_end_says_what_it_is_and_why_it_differs()
    {
        MonthSpends nothing = new([], null);
        await using var tiles = new Rendered<Tiles>();
        var html = await tiles.ShowAsync(
            ("Metering", Metering(nothing, nothing, new RunRateLine(Units(1), Units(2), Units(3), Units(4), Units(5), 7))), ("Forecast", new ForecastFigures(new Dictionary<string, ForecastLine> { [""] = new("", true, "", "USD", Units(1), Units(2), Units(3), null, null, "mean", 90, default, []) })));
        var (rate, forecast) = (Tile("Run rate a day"), Tile("Forecast at month end"));

        Assert.Contains("without weekdays, growth, new prices and plans, which the forecast has", rate, StringComparison.Ordinal);
        Assert.Contains("as of now, as likely above as below: with weekdays, growth, new prices and plans", forecast, StringComparison.Ordinal);
        await using var budgets = new Rendered<BudgetTable>();
        Assert.Contains("what the last published forecast (one a day at least) sees", await budgets.ShowAsync(("Budgets", new BudgetFigures([Budget("1", "")]))), StringComparison.Ordinal);

        string Tile(string title) => html[html.IndexOf(title, StringComparison.Ordinal)..].Split("</article>")[0];
    }

    [Fact]
    public async Task Money_of_no_model_and_no_workload_has_a_name()
    {
        await using var tables = new Rendered<SpendTables>();
        MonthSpends credit = new([new("", Units(-2), 0, 0, Money.Zero) { Adjustment = Units(-2) }], null);
        var html = await tables.ShowAsync(("Metering", Metering(credit, credit) with { Workloads = credit }));
        Assert.Contains("<th scope=\"row\">(none)</th>", html, StringComparison.Ordinal);
        Assert.Contains("<th scope=\"row\">unclassified</th>", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spend_that_was_read_for_another_team_is_not_shown_for_this_one()
    {
        await using var tables = new Rendered<SpendTables>();
        MonthSpends teams = new([new("team_a", Units(3), 1, 0, Money.Zero)], null);
        MonthSpends models = new([new("gpt-4o", Units(3), 1, 0, Money.Zero)], null);
        var html = await tables.ShowAsync(("TeamId", "team_b"), ("Metering", Metering(teams, models)));
        Assert.Contains("<th scope=\"row\">team_a</th>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("gpt-4o", html, StringComparison.Ordinal);

        await using var chart = new Rendered<SpendChart>();
        var today = DateOnly.FromDateTime(Rendered<SpendChart>.Now.UtcDateTime);
        var history = new SpendHistory("", "USD", today.AddDays(-9), today, [new(today, "batch", Units(3))]);
        Assert.Contains("No figures yet.", await chart.ShowAsync(("TeamId", "team_b"), ("History", history)), StringComparison.Ordinal);
        Assert.Contains("</span>batch</li>", await chart.ShowAsync(("TeamId", ""), ("History", history)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "kt wallets allocate")]
    [InlineData("team_a", "kt auth token create --name NAME --team team_a")]
    public async Task Days_without_spend_say_what_to_do_next_and_show_no_empty_axes(string team, string says)
    {
        await using var chart = new Rendered<SpendChart>();
        var today = DateOnly.FromDateTime(Rendered<SpendChart>.Now.UtcDateTime);
        var nothing = new SpendHistory(team, "USD", today.AddDays(-9), today, []);
        var html = await chart.ShowAsync(("TeamId", team), ("History", nothing));
        Assert.Contains(says, html, StringComparison.Ordinal);
        Assert.DoesNotContain("<svg", html, StringComparison.Ordinal);
        html = await chart.ShowAsync(("TeamId", team), ("History", nothing with { Days = [new(today, "batch", Units(-1))] }));
        Assert.Contains("<svg", html, StringComparison.Ordinal);
        Assert.DoesNotContain(says, html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chosen_team_is_marked_among_the_spend_of_all_teams()
    {
        await using var tables = new Rendered<SpendTables>();
        MonthSpends teams = new([new("team_a", Units(3), 1, 0, Money.Zero), new("team_b", Units(1), 1, 0, Money.Zero)], null);
        var html = await tables.ShowAsync(("TeamId", "team_b"), ("Metering", Metering(teams, teams)));
        Assert.Single(Regex.Matches(html, "class=\"shared chosen\""));
        Assert.Contains("team_b</th>", html[html.IndexOf("shared chosen", StringComparison.Ordinal)..].Split("</tr>")[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7, "mean of the last 7 full days")]
    [InlineData(2, "mean of the 2 full days since usage began")]
    [InlineData(1, "of one full day: usage began on it")]
    [InlineData(0, "there was no full day of usage yet")]
    public async Task A_run_rate_says_how_many_days_it_rests_on(int days, string says)
    {
        await using var tiles = new Rendered<Tiles>();
        var rate = new RunRateLine(Units(1), Units(2), Units(3), days == 0 ? null : Units(4), days == 0 ? null : Units(5), days);
        var html = await tiles.ShowAsync(
            ("Metering", Metering(rate: rate)));
        Assert.Contains(says, html, StringComparison.Ordinal);
        Assert.Equal(days > 0, html.Contains("at that rate", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(6, "Eng", false)]
    [InlineData(10, "A", false)]
    [InlineData(3, "Everybody who works on the search of the shop", true)]
    [InlineData(40, "A", true)]
    public async Task Teams_whose_names_need_more_than_the_room_beside_the_rest_are_a_list_to_choose_from(int teams, string name, bool list)
    {
        await using var header = new Rendered<PageHeader>();
        var wallets = Wallets.Of([.. Enumerable.Range(10, teams).Select(number => Wallets.Team($"team_{number}", $"{name} {number}"))]);
        var html = await header.ShowAsync(("Wallets", wallets));
        Assert.Equal(list ? teams + 1 : 0, html.Split("<option ").Length - 1);
        Assert.Equal(list ? 0 : teams + 1, html.Split("<a href=").Length - 1);
        Assert.Contains(list ? $"<option value=\"team_10\">{name} 10</option>" : $"title=\"{name} 10 (team_10)\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_chosen_team_is_the_one_that_the_list_shows_and_names_are_in_the_order_of_letters()
    {
        await using var header = new Rendered<PageHeader>();
        var wallets = Wallets.Of([.. Enumerable.Range(10, 40).Select(number => Wallets.Team($"team_{number}", $"Research {90 - number}"))]);
        var html = await header.ShowAsync(("Wallets", wallets), ("TeamId", "team_48"));
        Assert.Contains("<option value=\"team_48\" selected>Research 42</option>", html, StringComparison.Ordinal);
        Assert.True(html.IndexOf("Research 41", StringComparison.Ordinal) < html.IndexOf("Research 80", StringComparison.Ordinal), html);
    }

    [Fact]
    public async Task Of_more_teams_than_anybody_goes_through_none_is_listed_and_the_one_that_is_meant_is_looked_for()
    {
        await using var header = new Rendered<PageHeader>();
        var wallets = Wallets.Of([.. Enumerable.Range(1000, 201).Select(number => Wallets.Team($"team_{number}", $"Research {number}"))]);
        var html = await header.ShowAsync(("Wallets", wallets), ("TeamId", "team_1042"));
        Assert.DoesNotContain("<option", html, StringComparison.Ordinal);
        Assert.Contains("placeholder=\"Research 1042\"", html, StringComparison.Ordinal);
        Assert.Contains("<a href=\"/\">All teams</a>", html, StringComparison.Ordinal);

        html = await header.ShowAsync(("Wallets", wallets), ("TeamId", "nobody"));
        Assert.Contains("placeholder=\"nobody (unknown)\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_team_of_the_address_that_there_is_not_is_no_choice_of_all_teams()
    {
        await using var header = new Rendered<PageHeader>();
        var wallets = Wallets.Of([.. Enumerable.Range(10, 40).Select(number => Wallets.Team($"team_{number}", $"Research {number}"))]);
        var html = await header.ShowAsync(("Wallets", wallets), ("TeamId", "nobody"));
        Assert.Contains("<option value=\"nobody\" selected>nobody (unknown)</option>", html, StringComparison.Ordinal);

        // Once somebody has chosen another it is gone.
        Assert.DoesNotContain("unknown", await header.ShowAsync(("Wallets", wallets), ("TeamId", "team_11")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_more_teams_than_make_an_overview_those_that_concern_most_are_shown_and_the_number_of_all()
    {
        var teams = Enumerable.Range(100, FewRows.Most + 40).Select(number => Wallets.Team($"team_{number}", $"Team {number}")).ToList();
        (teams[1].Status, teams[^1].SpentNanos) = (WalletStatus.Low, 5);
        await using var table = new Rendered<WalletTable>();
        var html = await table.ShowAsync(("Wallets", Wallets.Of([Wallets.Organisation(), .. teams])), ("TeamId", teams[^2].TeamId));
        Assert.Equal(FewRows.Most, html.Split("<th scope=\"row\"").Length - 1);
        Assert.All("Organisation,Team 101,Team 168,Team 169".Split(','), shown => Assert.Contains(shown, html, StringComparison.Ordinal));
        Assert.True(html.IndexOf("Team 101", StringComparison.Ordinal) < html.IndexOf("Team 169", StringComparison.Ordinal), html);
        Assert.Contains($"{FewRows.Most} of {FewRows.Most + 41}: ", html, StringComparison.Ordinal);

        await using var forecasts = new Rendered<ForecastTable>();
        ForecastLine Line(string id, long p50, DateTimeOffset? empty) => new(
            id, true, "", "USD", new Money(1), new Money(p50), new Money(3), empty, null, "mean", 90, Rendered<ForecastTable>.Now.AddDays(15), []);
        html = await forecasts.ShowAsync(("Forecast", new ForecastFigures(teams.Select((team, place) => Line(team.TeamId, place == 1 ? 9 : 2, place == teams.Count - 1 ? Rendered<ForecastTable>.Now.AddDays(3) : null))
            .Append(Line("", 5, null)).ToDictionary(line => line.TeamId))));
        Assert.Equal(FewRows.Most, html.Split("<th scope=\"row\"").Length - 1);
        Assert.All("Organisation,team_101,team_169".Split(','), shown => Assert.Contains($">{shown}</th>", html, StringComparison.Ordinal));
        Assert.Contains($"{FewRows.Most} of {FewRows.Most + 41}: ", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_more_teams_than_make_an_overview_the_dearest_and_the_chosen_one_are_shown_with_what_they_have_spent()
    {
        MonthSpends teams = new([.. Enumerable.Range(100, FewRows.Most + 40).Select(number => new MonthSpend($"team_{number}", Units(number), 1, 0, Money.Zero))], null);
        await using var tables = new Rendered<SpendTables>();
        var html = await tables.ShowAsync(("TeamId", "team_101"), ("Metering", Metering(teams, new([], null)) with { TeamId = "team_101" }));
        var shown = html.Split("<th scope=\"row\">").Skip(1).Select(row => row.Split('<')[0]).ToList();
        Assert.Equal([.. Enumerable.Range(100, FewRows.Most + 40).Reverse().Take(FewRows.Most - 1).Select(number => $"team_{number}"), "team_101"], shown);
        Assert.Contains($"{FewRows.Most} of {FewRows.Most + 40}: ", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wallets_that_nobody_funded_are_told_from_those_that_ran_out_and_push_out_none_with_money()
    {
        var teams = Enumerable.Range(100, FewRows.Most + 40).Select(number => Wallets.Team($"team_{number}", $"Team {number}")).ToList();
        foreach (var team in teams.SkipLast(2))
        {
            (team.AvailableNanos, team.Status) = (0, WalletStatus.Depleted);
        }

        // The last but one ran out: what it had is spent.
        (teams[^2].AvailableNanos, teams[^2].CreditedNanos, teams[^2].SpentNanos, teams[^2].Status) = (0, 7, 7, WalletStatus.Depleted);
        await using var table = new Rendered<WalletTable>();
        var html = await table.ShowAsync(("Wallets", Wallets.Of([.. teams])));
        Assert.All("Team 168,Team 169".Split(','), shown => Assert.Contains(shown, html, StringComparison.Ordinal));
        Assert.Equal(FewRows.Most - 2, html.Split(">not funded<").Length - 1);
        Assert.Single(html.Split(">depleted<").Skip(1));
    }

    [Fact]
    public async Task Few_teams_are_all_shown()
    {
        await using var table = new Rendered<WalletTable>();
        var html = await table.ShowAsync(("Wallets", Wallets.Of([.. Enumerable.Range(1, FewRows.Most).Select(number => Wallets.Team($"team_{number}", $"Team {number}"))])));
        Assert.Equal(FewRows.Most, html.Split("<th scope=\"row\"").Length - 1);
        Assert.DoesNotContain("Show all", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, 30, 800, "30 of 800: the fullest.", "Show all")]
    [InlineData(true, 800, 800, "All 800.", "Show fewer")]
    [InlineData(false, 30, 1200, "30 of 1,200: the fullest.", "Show more")]
    [InlineData(true, 1000, 1200, "1,000 of 1,200: the fullest.", "Show fewer")]
    public async Task The_button_for_all_rows_stays_and_leads_back(bool all, int shown, int total, string says, string button)
    {
        await using var rest = new Rendered<RowsLeftOut>();
        var html = await rest.ShowAsync(("Shown", shown), ("Total", total), ("Which", "the fullest"), ("All", all));
        Assert.Contains(says, html, StringComparison.Ordinal);
        Assert.Contains($">{button}</button>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_asks_for_all_rows_gets_as_many_as_a_browser_draws() =>
        Assert.Equal((30, 1000, 999), (FewRows.Of([.. Enumerable.Range(0, 1200)], all: false, row => row).Count, FewRows.Of([.. Enumerable.Range(0, 1200)], all: true, row => row).Count, FewRows.Of([.. Enumerable.Range(0, 999)], all: true, row => row).Count));

    [Fact]
    public async Task A_charts_figures_are_told_in_a_sentence_and_in_a_table()
    {
        await using var chart = new Rendered<SpendChart>();
        var today = DateOnly.FromDateTime(Rendered<SpendChart>.Now.UtcDateTime);
        var history = new SpendHistory("", "USD", today.AddDays(-9), today, [new(today.AddDays(-8), "batch", Units(30)), new(today.AddDays(-2), "batch", Units(4)), new(today.AddDays(-2), "copilot", Units(3)), new(today, "batch", Units(1))]);
        var forecast = new ForecastLine("", true, "", "USD", Units(1), Units(2), Units(3), null, null, "mean", 90, default, [new(today, Units(1), Units(2), Units(3)), new(today.AddDays(1), Units(4), Units(5), Units(6))]);
        var html = await chart.ShowAsync(("History", history), ("Forecast", new ForecastFigures(new Dictionary<string, ForecastLine> { [""] = forecast })));
        Assert.Contains("stacked by workload: $38.00 in all, $7.00 in the last 7 full days, most on Sun 7 Jun 2026 with $30.00.", html, StringComparison.Ordinal);
        Assert.Contains("forecast to Tue 16 Jun 2026, on which half of all futures spend no more than $5.00.", html, StringComparison.Ordinal);

        // Who opens either sees today first, and need not scroll through a month to come.
        Assert.Equal(["Mon 15 Jun 2026 (so far) $1.00", "Sun 14 Jun 2026 $0.00", "Sat 13 Jun 2026 $7.00"], Rows("Spend by day").Take(3));
        Assert.Equal(10, Rows("Spend by day").Count);
        Assert.Equal(["Mon 15 Jun 2026 (the whole day) $1.00 $2.00 $3.00", "Tue 16 Jun 2026 $4.00 $5.00 $6.00"], Rows("Forecast by day"));

        List<string> Rows(string table) => [.. html[html.IndexOf($"<summary>{table}", StringComparison.Ordinal)..].Split("</table>")[0].Split("<tbody>")[1].Split("</tr>")[..^1]
            .Select(row => Spaces().Replace(Markup().Replace(row, " "), " ").Trim())];
    }

    [Theory]
    [InlineData(1_234, false)]
    [InlineData(12_345_678, true)]
    public async Task Figures_of_more_digits_than_a_phone_has_room_for_stand_below_their_name(long cost, bool below)
    {
        await using var tables = new Rendered<SpendTables>();
        MonthSpends spends = new([new("gpt-4o", Units(cost), 12_345_678, 0, Units(1_000))], null);
        Assert.Equal(below, (await tables.ShowAsync(("Metering", Metering(spends, spends)))).Contains("<table class=\"long\">", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, "over 12 months")]
    [InlineData(-1, "empty now")]
    [InlineData(20, "until 5 Jul")]
    public async Task The_tile_says_how_long_the_wallet_lasts(int? days, string expected)
    {
        await using var tiles = new Rendered<Tiles>();
        DateTimeOffset? empty = days is { } after ? Rendered<Tiles>.Now.AddDays(after) : null;
        var line = new ForecastLine("", true, "", "USD", Units(1), Units(2), Units(3), empty, empty, "mean", 90, default, []);
        var html = await tiles.ShowAsync(("Forecast", new ForecastFigures(new Dictionary<string, ForecastLine> { [""] = line })));
        Assert.Matches($"<h2>Wallet lasts</h2>\\s*<p class=\"figure\">{expected}</p>", html);
    }

    [Fact]
    public async Task A_budget_names_the_team_that_it_watches()
    {
        await using var table = new Rendered<BudgetTable>();
        var html = await table.ShowAsync(
            ("Wallets", Wallets.Of(Wallets.Team("team_a", "Research"))),
            ("Budgets", new BudgetFigures([Budget("1", "team_a", ("team", "team_a"), ("model", "gpt-4o")), Budget("2", "")])));
        Assert.Contains(">team Research, model gpt-4o</td>", html, StringComparison.Ordinal);
        Assert.Contains(">all spend</td>", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9, "use", "90", "90 % of 10.00 USD")]
    [InlineData(10, "use", "100", "100 % of 10.00 USD")]
    [InlineData(16, "use beyond", "62.5", "160 % of 10.00 USD")]
    public async Task A_budget_that_is_exceeded_looks_unlike_one_that_is_all_spent(long spent, string bar, string width, string says)
    {
        await using var table = new Rendered<BudgetTable>();
        var html = await table.ShowAsync(("Budgets", new BudgetFigures([Budget("1", "") with { Spent = Units(spent) }])));
        Assert.Contains($"<div class=\"{bar}\" role=\"img\" aria-label=\"{says}\"", html, StringComparison.Ordinal);
        Assert.Contains($"<span class=\"spent\" style=\"width:{width}%\"></span>", html, StringComparison.Ordinal);
        Assert.Equal(spent > 10, html.Contains("<span class=\"over\"></span>", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(CapState.None, "", "")]
    [InlineData(CapState.Pending, "", "<span class=\"note\">hard limit, being set</span>")]
    [InlineData(CapState.Set, "", "<span class=\"note\">hard limit</span>")]
    [InlineData(CapState.Refused, "There is no user", "<span class=\"status depleted\" title=\"There is no user\">hard limit refused</span>")]
    public async Task A_hard_limit_is_shown_as_wallet_keeps_it(CapState state, string problem, string shown)
    {
        await using var table = new Rendered<BudgetTable>();
        var html = await table.ShowAsync(("Budgets", new BudgetFigures([Budget("1", "") with { HardLimit = state, LimitProblem = problem }])));
        Assert.Contains(shown, html, StringComparison.Ordinal);
        Assert.Equal(state != CapState.None, html.Contains("hard limit", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Alerts_that_were_read_for_another_team_are_not_shown_for_this_one()
    {
        await using var list = new Rendered<AlertList>();
        var figures = new AlertFigures("team_a", [new("1", AlertSeverity.Critical, "team_a", "Wallet of team_a is empty", "", Rendered<AlertList>.Now, false)], false);
        Assert.Contains("Wallet of team_a is empty", await list.ShowAsync(("TeamId", "team_a"), ("Alerts", figures)), StringComparison.Ordinal);
        Assert.DoesNotContain("Wallet of team_a", await list.ShowAsync(("TeamId", "team_b"), ("Alerts", figures)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alert_that_somebody_must_act_on_is_not_hidden_by_newer_ones()
    {
        await using var list = new Rendered<AlertList>();
        var newer = Enumerable.Range(1, 20).Select(number => new AlertLine($"{number}", number == 3 ? AlertSeverity.Warning : AlertSeverity.Info, "", $"Newer {number}", "", Rendered<AlertList>.Now, false));
        var html = await list.ShowAsync(("Alerts", new AlertFigures("", [.. newer, new("old", AlertSeverity.Critical, "", "Wallet is empty", "", Rendered<AlertList>.Now.AddDays(-1), false)], false)));
        Assert.Equal(["Wallet is empty", "Newer 3", "Newer 1", "Newer 2", "Newer 4"], html.Split("<span>").Skip(1).Select(title => title.Split('<')[0]));
    }

    [Theory]
    // The same end of June, as its own calendar has it.
    [InlineData("Europe/Berlin", "2026-06-30T22:00Z", "1 Jul")]
    [InlineData("America/New_York", "2026-07-01T04:00Z", "1 Jul")]
    [InlineData("Asia/Tokyo", "2026-12-31T15:00Z", "1 Jan 2027")]
    public async Task Budget_ends_on_a_day_of_its_own_time_zone(string zone, string end, string expected)
    {
        await using var table = new Rendered<BudgetTable>();
        var budget = Budget("1", "") with { PeriodTo = DateTimeOffset.Parse(end, CultureInfo.InvariantCulture), Zone = TimeZoneInfo.FindSystemTimeZoneById(zone) };
        Assert.Contains($"title=\"{zone}\">{expected}</td>", await table.ShowAsync(("Budgets", new BudgetFigures([budget]))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_budget_of_less_than_a_unit_and_what_is_spent_of_it_have_every_digit()
    {
        await using var table = new Rendered<BudgetTable>();
        var budget = Budget("1", "") with { Amount = new Money(5_000_000), Spent = new Money(4_100_000), Projected = new Money(6_200_000), Currency = "KWD" };
        var html = await table.ShowAsync(("Budgets", new BudgetFigures([budget])));
        Assert.All(["KWD 0.005", "KWD 0.0041", "KWD 0.0062"], amount => Assert.Contains($">{amount}</span>", html, StringComparison.Ordinal));
    }

    private static BudgetLine Budget(string id, string teamId, params (string Name, string Value)[] scope) =>
        new(id, id, teamId, scope, Units(10), Units(1), null, "", "USD", BudgetStatus.Healthy, Rendered<BudgetTable>.Now, TimeZoneInfo.Utc, null, CapState.None, "");

    private static MeteringFigures Metering(MonthSpends? teams = null, MonthSpends? models = null, RunRateLine? rate = null) => new(
        "", "USD", Rendered<SpendTables>.Now, rate is null ? new Dictionary<string, RunRateLine>() : new() { [""] = rate }, teams ?? new([], null), models ?? new([], null),
        new([], null), []);

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Markup();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
