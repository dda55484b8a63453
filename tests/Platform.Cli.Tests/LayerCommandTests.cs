using System.Text.Json.Nodes;

namespace Platform.Cli.Tests;

public sealed class LayerCommandTests
{
    [Fact]
    public async Task Layers_of_a_team_show_each_of_its_wallets_with_its_futures()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/layers", Answer("team_a"));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--layers", "--team", "team_a"));
        Assert.Contains("in every future they come to what team_a spends", kt.Out, StringComparison.Ordinal);
        Assert.Matches(@"wal_ada +5\.00 +75\.0 % +75\.0 % +2026-06-20 +2026-06-25 +– +8\.00 +9\.00 +3\.00 +The share of its calls\.", kt.Out);
    }

    [Theory]
    [InlineData("""{"to":"2026-07-06T00:00:00Z","exhausted":0.35,"needed":320.0,"missing":51.0}""", true)]
    [InlineData("""{"to":"2026-07-06T00:00:00Z","exhausted":0.0,"needed":320.0,"missing":0.0}""", false)]
    [InlineData("null", false)]
    public async Task In_a_months_last_week_what_the_next_days_need_is_told_where_money_may_not_last(string soon, bool isTold)
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/layers", Answer("team_a").Replace("\"calendar_note\":", $"\"soon\":{soon},\"observing_note\":\"Its wallet only observes.\",\"calendar_note\":", StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--layers", "--team", "team_a"));
        Assert.Equal(isTold, kt.Out.Contains("team_a: in the next seven days, before 2026-07-06, money is spent in 35.0 % of futures; needed 320.00, missing 51.00\n", StringComparison.Ordinal));
        Assert.Equal(isTold, kt.Out.Contains("seven days", StringComparison.Ordinal));
        Assert.Contains("team_a: Its wallet only observes.\n", kt.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3.0", ", is in what is missing")]
    [InlineData("0.0", "; nothing is missing this month")]
    public async Task What_is_refused_for_want_of_money_stands_beside_what_is_needed(string missing, string overage)
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/layers", Answer("team_a").Replace("\"missing\":3.0", $"\"missing\":{missing}", StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--layers", "--team", "team_a"));
        Assert.Contains(
            "Refused for want of money, and in no need above: team_a, 1.50 expected of the rest of this month, 4.00 of the next; a call that is tried again counts each time", kt.Out, StringComparison.Ordinal);
        Assert.Contains($"team_a: 2.50 of overage, which the next money repays first{overage}", kt.Out, StringComparison.Ordinal);
        Assert.Contains("team_a: Counted: 500.00 comes on 2026-07-01.", kt.Out, StringComparison.Ordinal);
    }

    [Theory]
    // Calls fell back and were routed, and none says what it would have cost elsewhere: that is no cost of zero.
    [InlineData("0.0", "0.0", "Resilience: 34 of 1 calls of 91 days fell back\n", "Control: 0 calls of 28 days refused, with bounds of 0.00 USD\n")]
    [InlineData(
        "2.5", "0.0", "fell back; they cost 2.50 USD instead of 0.00, 0.0 % (0.0 % to 0.0 %) of spend\n",
        "Control: calls of 28 days cost 2.50 USD instead of 0.00 by default, 0.0 % (0.0 % to 0.0 %) of spend saved; 0 calls of 28 days refused")]
    // To a model that is for free: the greatest saving that there can be.
    [InlineData(
        "0.0", "120.0", "fell back; they cost 0.00 USD instead of 120.00, 0.0 % (0.0 % to 0.0 %) of spend\n",
        "Control: calls of 28 days cost 0.00 USD instead of 120.00 by default, 0.0 % (0.0 % to 0.0 %) of spend saved; 0 calls of 28 days refused")]
    public async Task Costs_that_nobody_knows_are_not_told_as_zero(string known, string elsewhere, string resilience, string control)
    {
        var answer = Answer("team_a").Replace("\"fallback_calls\":0", "\"fallback_calls\":34", StringComparison.Ordinal)
            .Replace("\"fell_back\":0.0", $"\"fell_back\":{known}", StringComparison.Ordinal).Replace("\"routed\":0.0", $"\"routed\":{known}", StringComparison.Ordinal)
            .Replace("\"fell_back_primary\":0.0", $"\"fell_back_primary\":{elsewhere}", StringComparison.Ordinal).Replace("\"routed_default\":0.0", $"\"routed_default\":{elsewhere}", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("GET /v1/forecast/layers", answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--layers", "--team", "team_a"));
        Assert.Contains(resilience, kt.Out, StringComparison.Ordinal);
        Assert.Contains(control, kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Layers_of_the_organisation_show_the_wallets_that_may_run_out()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/layers", Answer(""));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--layers"));
        Assert.Contains("Wallets, each by itself: 1 of 2 are spent before the end of next month in one future of ten or more", kt.Out, StringComparison.Ordinal);
        Assert.Matches(@"wal_ada +team_a +5\.00 +75\.0 % +75\.0 % +2026-06-20", kt.Out);
        Assert.DoesNotContain("wal_team_a", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Money_of_the_whole_is_that_of_all_wallets_and_not_of_the_organisations_own()
    {
        var answer = Answer("").Replace("\"funds\":[{\"team_id\":\"team_a\"", "\"funds\":[{\"team_id\":\"\"", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("GET /v1/forecast/layers", answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--layers"));
        Assert.Matches(@"\n *all wallets +30\.00", kt.Out);
        Assert.Contains("Refused for want of money, and in no need above: all wallets, 1.50 expected", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_very_many_teams_those_whose_money_is_likeliest_to_be_spent_are_told_and_of_how_many()
    {
        var answer = JsonNode.Parse(Answer(""))!;
        answer["funds"] = new JsonArray([
            .. Enumerable.Range(100, 70).Select(team => JsonNode.Parse(Funds("7.0", team == 169 ? 0.5 : 0).Replace("team_a", $"team_{team}", StringComparison.Ordinal))),
            JsonNode.Parse(Funds("30.0", 0).Replace("team_a", "", StringComparison.Ordinal))]);
        await using var server = new ReplayServer().On("GET /v1/forecast/layers", answer.ToJsonString());
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--layers"));
        Assert.Matches(@"all wallets +30\.00[^\n]*\n *team_169 +7\.00 +50\.0 %[^\n]*\n *team_100 ", kt.Out);
        Assert.Contains("50 of 71: all wallets together, and the teams whose money is likeliest to be spent", kt.Out, StringComparison.Ordinal);
        Assert.Contains("team_147", kt.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("team_148", kt.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-07", "31.00", "32.00")]
    [InlineData("2026-08", "32.00", "31.00")]
    public async Task Month_of_a_zone_east_of_utc_is_the_one_that_is_named(string month, string total, string other)
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/layers", Berlin);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--month", month, "--time-zone", "Europe/Berlin"));
        Assert.Matches($@"{month} +total +0\.00 +{total}", kt.Out);
        Assert.Contains($"{month}: 10.00 spent", kt.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(other, kt.Out, StringComparison.Ordinal);

        Assert.Equal(0, await kt.RunAsync("forecast", "--month", month, "--time-zone", "Europe/Berlin", "-o", "json"));
        var shown = Assert.Single(JsonNode.Parse(kt.Out)!["months"]!.AsArray());
        Assert.Equal(total + "0000000", shown!["layers"]![0]!["expected"]!.ToJsonString());
    }

    [Theory]
    [InlineData("2026-06")]
    [InlineData("2030-01")]
    public async Task Month_that_is_not_forecast_is_refused_whatever_the_form_of_the_answer(string month)
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/layers", Berlin);
        using var kt = new RunningKt(server.Url);

        foreach (var form in new[] { "table", "json" })
        {
            Assert.Equal(2, await kt.RunAsync("forecast", "--month", month, "-o", form));
            Assert.Contains($"--month {month} is none of the months that are forecast, 2026-07 to 2026-08", kt.Error, StringComparison.Ordinal);
            Assert.Empty(kt.Out);
        }
    }

    [Fact]
    public async Task Days_on_which_money_runs_out_are_of_the_answers_zone()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/layers", Berlin.Replace("2026-06-20T00:00:00Z", "2026-06-20T22:30:00Z", StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--layers", "--time-zone", "Europe/Berlin"));
        Assert.Matches(@"wal_ada +team_a +5\.00 +75\.0 % +75\.0 % +2026-06-21 +2026-06-25", kt.Out);
    }

    [Fact]
    public async Task Forecast_names_the_days_of_its_zone()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/forecast?time_zone=Europe%2FBerlin", """
                {"team_id":"","status":"ready","explanation":"","currency":"USD","as_of":"2026-06-15T12:00:00Z","period_start":"2026-05-31T22:00:00Z","period_end":"2026-06-30T22:00:00Z",
                "month_to_date":1.0,"daily_run_rate":0.1,"month_end_p10":1.0,"month_end_p50":2.0,"month_end_p90":3.0,"wallet_exhausted_at":"2026-07-09T22:00:00Z",
                "wallet_exhausted_early_at":"2026-07-04T22:00:00Z","wallet_available":5.0,"observing_note":"Its wallet only observes.","model":"naive","scores":[],"history_days":28,"days":[]}
                """)
            .On("GET /v1/forecast/series?days=28&time_zone=Europe%2FBerlin", """{"currency":"USD","days":[]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--time-zone", "Europe/Berlin"));
        Assert.Contains("2026-06-01 to 2026-07-01 (exclusive)", kt.Out, StringComparison.Ordinal);
        Assert.Contains("runs out on 2026-07-10, as early as 2026-07-05. Its wallet only observes.\n", kt.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2027-11-01T00:00:00Z", "2027 to 2027-10")]
    [InlineData("2028-01-01T00:00:00Z", "2027")]
    public async Task The_next_year_is_named_as_far_as_it_is_forecast(string end, string name)
    {
        var year = Month("2027-01-01T00:00:00Z", end, 33).Replace("\"kind\":\"\"", "\"kind\":\"next_year\"", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("GET /v1/forecast/layers", Answer("").Replace("\"expected\":20.0}}],", $"\"expected\":20.0}}}},{year}],", StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--layers"));
        Assert.Matches($@"\n *{name} +total +0\.00 +33\.00", kt.Out);
    }

    [Fact]
    public async Task Caps_are_told_with_the_days_on_which_they_are_reached()
    {
        var caps = $"[{Cap("0.6", "\"2026-06-20T00:00:00Z\"", "\"2026-06-25T00:00:00Z\"", "Caps refused calls.")},{Cap("0.0", "null", "null", "").Replace("cap_a", "cap_b", StringComparison.Ordinal)}]";
        await using var server = new ReplayServer().On("GET /v1/forecast/layers", Answer("team_a").Replace("\"calendar\":null", $"\"caps\":{caps},\"calendar\":null", StringComparison.Ordinal))
            .On("GET /v1/forecast?team_id=team_a", $$$"""
                {"team_id":"team_a","status":"ready","explanation":"","currency":"USD","as_of":"2026-06-15T12:00:00Z","period_start":"2026-06-01T00:00:00Z","period_end":"2026-07-01T00:00:00Z",
                "month_to_date":1.0,"daily_run_rate":0.1,"month_end_p10":1.0,"month_end_p50":2.0,"month_end_p90":3.0,"wallet_exhausted_at":null,
                "wallet_exhausted_early_at":null,"wallet_available":0.0,"model":"naive","scores":[],"history_days":28,"days":[],"caps":{{{caps}}}}
                """)
            .On("GET /v1/forecast/series?team_id=team_a&days=28", """{"currency":"USD","days":[]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--layers", "--team", "team_a"));
        Assert.Matches(@"cap_a +team_a +month +50\.00 +18\.00 +2026-07-01 +60\.0 % +2026-06-20 +2026-06-25 +– +61\.00 +100\.0 % +65\.00 +june_hard", kt.Out);
        Assert.Matches(@"cap_b +team_a +month +50\.00 +18\.00 +2026-07-01 +0\.0 % +– +– +–", kt.Out);
        Assert.Contains("cap_a on team_a: Caps refused calls.\nCalls that ask for more than a cap leaves are refused until its next period, unless the wallet that they are charged to only observes. Caps on users and keys are not judged", kt.Out, StringComparison.Ordinal);

        Assert.Equal(0, await kt.RunAsync("forecast", "--team", "team_a"));
        Assert.Contains("18.00 of 50.00 a month spent, reached before 2026-07-01 in 60.0 % of futures: in half of them by 2026-06-25, as early as 2026-06-20. Caps refused calls.\n", kt.Out, StringComparison.Ordinal);
        Assert.Contains("18.00 of 50.00 a month spent, reached before 2026-07-01 in 0.0 % of futures\n", kt.Out, StringComparison.Ordinal);

        // There is no money of which it could be said that it lasts.
        Assert.Contains("0.00 available\n", kt.Out, StringComparison.Ordinal);
    }

    /// <summary>What is planned to come lasts in most futures, and in one of ten it does not.</summary>
    [Fact]
    public async Task Of_nothing_available_the_day_on_which_one_future_of_ten_runs_out_is_told()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast?team_id=team_a", """
                {"team_id":"team_a","status":"ready","explanation":"","currency":"USD","as_of":"2026-06-15T12:00:00Z","period_start":"2026-06-01T00:00:00Z","period_end":"2026-07-01T00:00:00Z",
                "month_to_date":1.0,"daily_run_rate":0.1,"month_end_p10":1.0,"month_end_p50":2.0,"month_end_p90":3.0,"wallet_exhausted_at":null,
                "wallet_exhausted_early_at":"2027-03-05T00:00:00Z","wallet_available":0.0,"model":"naive","scores":[],"history_days":28,"days":[]}
                """)
            .On("GET /v1/forecast/series?team_id=team_a&days=28", """{"currency":"USD","days":[]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--team", "team_a"));
        Assert.Contains("0.00 available, lasts twelve months or longer (in one future of ten to 2027-03-05)\n", kt.Out, StringComparison.Ordinal);
    }

    private static string Cap(string reached, string early, string expected, string note) => $$"""
        {"cap_id":"cap_a","team_id":"team_a","period":"month","time_zone":"UTC","amount":50.0,"spent":18.0,"period_end":"2026-07-01T00:00:00Z","reached":{{reached}},"early":{{early}},"expected":{{expected}},
        "late":null,"needed":61.0,"reached_next":1.0,"needed_next":65.0,"source":"june_hard","note":"{{note}}"}
        """;

    [Fact]
    public async Task Confidence_of_nothing_that_is_shown_is_a_usage_error_and_sends_nothing()
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync("forecast", "--confidence", "0.8"));
        Assert.Contains("say --layers, --month or --what-if", kt.Error, StringComparison.Ordinal);
        Assert.Empty(server.Received);
    }

    /// <summary>The organisation's, in Berlin's calendar, with two months.</summary>
    private static string Berlin => Answer("").Replace("\"time_zone\":\"UTC\"", "\"time_zone\":\"Europe/Berlin\"", StringComparison.Ordinal).Replace(
        "\"months\":[]", $"\"months\":[{Month("2026-06-30T22:00:00Z", "2026-07-31T22:00:00Z", 31)},{Month("2026-07-31T22:00:00Z", "2026-08-31T22:00:00Z", 32)}]", StringComparison.Ordinal);

    private static string Month(string start, string end, int expected) => $$$"""
        {"kind":"","period_start":"{{{start}}}","period_end":"{{{end}}}","layers":[{"layer":"total","to_date":0.0,"expected":{{{expected}}}.000000000,"p10":1.0,"p50":2.0,"p90":3.0}],
        "growth":{"spent":10.0,"level":10.0,"calls":0.0,"tokens_per_call":0.0,"price_per_token":0.0,"expected":20.0}}
        """;

    private static string Answer(string team) => $$$"""
            {"team_id":"{{{team}}}","currency":"USD","as_of":"2026-06-15T12:00:00Z","time_zone":"UTC",
            "periods":[{"kind":"month","period_start":"2026-06-01T00:00:00Z","period_end":"2026-07-01T00:00:00Z",
              "layers":[{"layer":"total","to_date":10.0,"expected":20.0,"p10":18.0,"p50":20.0,"p90":23.0}],
              "growth":{"spent":10.0,"level":10.0,"calls":0.0,"tokens_per_call":0.0,"price_per_token":0.0,"expected":20.0}}],
            "months":[],
            "evidence":{"calls":1,"fallback_calls":0,"fell_back":0.0,"fell_back_primary":0.0,"premium":{"low":0,"middle":0,"high":0},"routed":0.0,"routed_default":0.0,
              "saving":{"low":0,"middle":0,"high":0},"denied_calls":0,"denied_bound":0.0,"cost_of_bound":1.0,"shadowed":0.0,"shadowed_rule":0.0},
            "funds":[{{{Funds("30.0", 0.1)}}}],
            "wallets":[{"wallet_id":"wal_team_a","user_id":"","application_id":"","name":"A","funds":{{{Funds("25.0", 0)}}},"note":"It pays for everybody else."},
              {"wallet_id":"wal_ada","user_id":"ada","application_id":"","name":"Ada","funds":{{{Funds("5.0", 0.75)}}},"note":"The share of its calls."}],
            "budgets":[],"calendar":null,"notes":[]}
            """;

    private static string Funds(string available, double exhausted) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $$"""{"team_id":"team_a","available":{{available}},"exhausted_this_month":{{exhausted}},"exhausted_next_month":{{exhausted}},"early":"2026-06-20T00:00:00Z","expected":"2026-06-25T00:00:00Z","late":null,"needed_this_month":8.0,"needed_next_month":9.0,"missing":3.0,"refused_this_month":1.5,"refused_next_month":4.0,"overage":2.5,"calendar_note":"Counted: 500.00 comes on 2026-07-01."}""");
}
