namespace Platform.Cli.Tests;

public sealed class SpendCommandTests
{
    internal const string RunRate = """
        {"currency":"USD","last_hour":0.010000000,"last_day":0.400000000,"last_7_days":3.000000000,"month_to_date":6.125000000,"daily_run_rate":0.428571428,"month_projected":12.550000000,"run_rate_days":7,"as_of":"2026-06-15T12:00:00Z"}
        """;

    private const string Compared = """
        {"from":"2026-06-01T00:00:00Z","to":"2026-06-15T12:00:00Z","time_zone":"UTC","currency":"USD","group_by":["user"],"metric":"cost","rows":[
        {"user":"ann","cost":15.000000000,"calls":1000,"input_tokens":2000000,"cached_input_tokens":0,"output_tokens":300000,"unpriced_calls":0,"unclassified_calls":0,"unclassified_cost":0.000000000,"previous":{"cost":12.000000000,"calls":900}},
        {"user":"","cost":0.250000000,"calls":500,"input_tokens":1000,"cached_input_tokens":0,"output_tokens":10,"unpriced_calls":5,"unclassified_calls":50,"unclassified_cost":0.050000000,"previous":{"cost":0.000000000,"calls":0}}],
        "others":{"cost":1.000000000,"calls":7,"input_tokens":70,"cached_input_tokens":0,"output_tokens":7,"unpriced_calls":0,"unclassified_calls":0,"unclassified_cost":0.000000000,"previous":{"cost":2.000000000,"calls":14}},"other_rows":3,
        "total":{"cost":16.250000000,"calls":1507,"input_tokens":2001070,"cached_input_tokens":0,"output_tokens":300017,"unpriced_calls":5,"unclassified_calls":50,"unclassified_cost":0.050000000,"previous":{"cost":14.000000000,"calls":914}},
        "unpriced_share":0.0033,"unclassified_share":0.0332,"unclassified_cost_share":0.0031,"compared_with":{"from":"2026-05-01T00:00:00Z","to":"2026-05-15T12:00:00Z"}}
        """;

    [Fact]
    public async Task Comparison_shows_each_figure_beside_that_of_the_period_before()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/spend?group_by=user&team=a%2Cb&outcome=succeeded&from=2026-06-01&metric=cost&top=2&compare=true", Compared)
            .On("GET /v1/spend/run-rate?team=a%2Cb&outcome=succeeded", RunRate);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(
            "spend", "--by", "user", "--team", "a,b", "--outcome", "succeeded", "--from", "2026-06-01", "--metric", "cost", "--top", "2", "--compare"));
        var lines = kt.Out.Split('\n').Select(Cells).ToList();
        Assert.Contains("before: 2026-05-01 00:00:00Z to 2026-05-15 12:00:00Z", kt.Out, StringComparison.Ordinal);
        Assert.Contains(["ann", "15.00", "12.00", "+25.0 %", "1,000", "900", "2,000,000", "300,000", "0"], lines);
        Assert.Contains(["–", "0.25", "0.00", "new", "500", "0", "1,000", "10", "5"], lines);
        Assert.Contains(["3 others", "1.00", "2.00", "-50.0 %", "7", "14", "70", "7", "0"], lines);
        Assert.Contains(["total", "16.25", "14.00", "+16.1 %", "1,507", "914", "2,001,070", "300,017", "5"], lines);
        Assert.Contains(["unclassified", "3.32 % of calls, 0.31 % of cost (no workload class)"], lines);
    }

    [Fact]
    public async Task What_was_next_to_nothing_before_has_no_millions_of_per_cent()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/spend", Compared.Replace("\"previous\":{\"cost\":12.000000000", "\"previous\":{\"cost\":0.000036000", StringComparison.Ordinal))
            .On("GET /v1/spend/run-rate", RunRate);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("spend", "--by", "user", "--compare"));
        Assert.Contains(kt.Out.Split('\n').Select(Cells), cells => cells is ["ann", "15.00", "<0.01", "> +1,000 %", ..]);
    }

    [Fact]
    public async Task Month_to_date_below_what_is_booked_is_of_the_zone_that_months_are_closed_in()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/spend", Compared.Replace("\"UTC\"", "\"Europe/Berlin\"", StringComparison.Ordinal))
            .On("GET /v1/spend/run-rate", RunRate);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("spend", "--by", "month", "--booked"));
        Assert.Equal("GET /v1/spend/run-rate?time_zone=Europe%2FBerlin", server.Requests.Last().Request);
    }

    [Theory]
    [InlineData("--team team_a --model gpt4", "No usage of this time matches. kt spend --by team,model shows the names that there are.\n")]
    [InlineData("--all", "")]
    public async Task Names_that_no_record_has_are_not_told_as_costing_nothing(string flags, string told)
    {
        var rows = Compared.IndexOf("{\"user\"", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("GET /v1/spend", $"{Compared[..rows]}],{Compared[Compared.IndexOf("\"total\"", StringComparison.Ordinal)..]}").On("GET /v1/spend/run-rate", RunRate);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(["spend", .. flags.Split(' ')]));
        Assert.Equal(told, kt.Error);
    }

    [Theory]
    [InlineData("JPY", "15", "<1", "6 JPY", "13 JPY")]
    [InlineData("KWD", "15.000", "0.250", "6.125 KWD", "12.550 KWD")]
    public async Task Amounts_have_the_places_of_the_organisations_currency(string currency, string cost, string less, string toDate, string projected)
    {
        await using var server = new ReplayServer().On("GET /v1/spend", Compared.Replace("USD", currency, StringComparison.Ordinal))
            .On("GET /v1/spend/run-rate", RunRate.Replace("USD", currency, StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("spend"));
        var lines = kt.Out.Split('\n').Select(Cells).ToList();
        Assert.Contains(lines, line => line is ["ann", var first, ..] && first == cost);
        Assert.Contains(lines, line => line is ["–", var first, ..] && first == less);
        Assert.Contains(["month to date", toDate], lines);
        Assert.Contains(lines, line => line is ["month at this rate", var rate] && rate.StartsWith(projected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Totals_a_team_are_shown_only_where_no_row_is_left_out(bool leavesOut)
    {
        var others = leavesOut ? """{"cost":5.000000000,"calls":5,"input_tokens":0,"cached_input_tokens":0,"output_tokens":0,"unpriced_calls":0}""" : "null";
        await using var server = new ReplayServer()
            .On("GET /v1/spend", $$$"""
                {"from":"2026-06-01T00:00:00Z","to":"2026-06-15T12:00:00Z","currency":"USD","group_by":["team","model"],"rows":[
                {"team":"a","model":"m","cost":2.000000000,"calls":2,"input_tokens":0,"output_tokens":0,"unpriced_calls":0},
                {"team":"a","model":"n","cost":1.000000000,"calls":1,"input_tokens":0,"output_tokens":0,"unpriced_calls":0}],
                "others":{{{others}}},"other_rows":1,"total":{"cost":8.000000000,"calls":8,"input_tokens":0,"output_tokens":0,"unpriced_calls":0}}
                """)
            .On("GET /v1/spend/run-rate", RunRate);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("spend"));
        var lines = kt.Out.Split('\n').Select(Cells).ToList();
        Assert.Equal(!leavesOut, lines.Exists(line => line is ["a", "3.00", "3"]));
        Assert.Equal(leavesOut, kt.Out.Contains("kt spend --by team", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(7, "0.43 USD a day (mean of the last seven full days)", "12.55 USD (a rule of thumb without weekdays, growth, new prices and plans; kt forecast has them)")]
    [InlineData(3, "0.43 USD a day (mean of the 3 full days since usage began)", "12.55 USD (a rule of thumb without weekdays, growth, new prices and plans; kt forecast has them)")]
    [InlineData(1, "0.43 USD a day (of one full day: usage began on it)", "12.55 USD (a rule of thumb without weekdays, growth, new prices and plans; kt forecast has them)")]
    [InlineData(0, "– (there was no full day of usage yet)", "–")]
    public async Task Run_rate_says_how_many_days_it_rests_on(int days, string says, string month)
    {
        var rate = RunRate.Replace("\"run_rate_days\":7", $"\"run_rate_days\":{days}", StringComparison.Ordinal);
        if (days == 0)
        {
            rate = rate.Replace("0.428571428", "null", StringComparison.Ordinal).Replace("12.550000000", "null", StringComparison.Ordinal);
        }

        await using var server = new ReplayServer().On("GET /v1/spend", Compared).On("GET /v1/spend/run-rate", rate);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("spend"));
        var lines = kt.Out.Split('\n').Select(Cells).ToList();
        Assert.Contains(["run rate", says], lines);
        Assert.Contains(["month at this rate", month], lines);
    }

    [Fact]
    public async Task Json_is_the_apis_answer_with_the_run_rate_in_it()
    {
        await using var server = new ReplayServer().On("GET /v1/spend", Compared).On("GET /v1/spend/run-rate", RunRate);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("spend", "--output", "json"));
        using var expected = System.Text.Json.JsonDocument.Parse($"{Compared.Trim()[..^1]},\"run_rate\":{RunRate}}}");
        using var printed = System.Text.Json.JsonDocument.Parse(kt.Out);
        Assert.True(System.Text.Json.JsonElement.DeepEquals(expected.RootElement, printed.RootElement));
        Assert.Contains("\"unclassified_cost\": 0.050000000,", kt.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("spend --all --team a")]
    [InlineData("spend --top many")]
    [InlineData("usage show")]
    [InlineData("usage tail --last many")]
    [InlineData("usage correct r1 --output-tokens many")]
    public async Task Command_that_makes_no_sense_is_a_usage_error_and_sends_nothing(string command)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync(command.Split(' ')));
        Assert.Empty(server.Received);
    }

    [Fact]
    public async Task Demand_shows_what_was_refused_apart_from_what_was_only_observed_or_had_to_wait()
    {
        await using var server = new ReplayServer().On("GET /v1/demand/denied?group_by=team%2Creason&team=a&reason=CAP_REACHED&tag=feature%3Dchat&since=7d", """
            {"from":"2026-06-08T12:00:00Z","to":"2026-06-15T12:00:00Z","time_zone":"UTC","currency":"USD","group_by":["team","reason"],
            "rows":[{"team":"a","reason":"CAP_REACHED","attempts":12,"estimated":3.500000000,"observed_attempts":0,"observed":0.000000000,"delayed_attempts":4,"delayed":1.000000000,"delayed_ms":5000}],
            "total":{"attempts":12,"estimated":3.500000000,"observed_attempts":0,"observed":0.000000000,"delayed_attempts":4,"delayed":1.000000000,"delayed_ms":5000}}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("demand", "--team", "a", "--reason", "CAP_REACHED", "--tag", "feature=chat", "--since", "7d"));
        Assert.Contains(
            ["team", "reason", "attempts", "at most", "observed only", "at most", "delayed", "at most", "waited on average"], kt.Out.Split('\n').Select(Cells));
        Assert.Contains(["a", "CAP_REACHED", "12", "3.50", "0", "0.00", "4", "1.00", "1.3 s"], kt.Out.Split('\n').Select(Cells));
        Assert.Empty(kt.Error);
    }

    [Fact]
    public async Task Demand_of_so_many_rows_says_which_they_are()
    {
        const string Sums = """
            "attempts":12,"estimated":3.500000000,"observed_attempts":0,"observed":0.000000000,"delayed_attempts":4,"delayed":1.000000000,"delayed_ms":5000
            """;
        await using var server = new ReplayServer().On("GET /v1/demand/denied", $$$"""
            {"from":"2026-06-08T12:00:00Z","to":"2026-06-15T12:00:00Z","time_zone":"UTC","currency":"USD","group_by":["team","reason"],
            "rows":[{"team":"a","reason":"CAP_REACHED",{{{Sums}}}}],"total":{{{{Sums}}}}}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("demand", "--top", "1"));
        Assert.Equal("Only the 1 rows whose refused attempts could have cost most; the total has what is left out, too.", kt.Error.Trim());
        Assert.Equal(0, await kt.RunAsync("demand", "--top", "2"));
        Assert.Empty(kt.Error);
    }

    [Fact]
    public async Task Periods_are_closed_by_name_and_listed_with_what_came_late()
    {
        const string June = """
            {"period":"2026-06","state":"closed","starts_at":"2026-05-31T22:00:00Z","ends_at":"2026-06-30T22:00:00Z","time_zone":"Europe/Berlin","currency":"USD","cost":12.500000001,"calls":1000,"late_cost":0.250000000,"unpriced_records":2,"closed_at":"2026-07-02T08:00:00Z","closed_by":"key_finance"}
            """;
        await using var server = new ReplayServer().On("POST /v1/periods/2026-06/close", June).On("GET /v1/periods", $$"""{"periods":[{"period":"2026-07","state":"open"},{{June.Replace("closed\",", "ended\",", StringComparison.Ordinal)}},{"period":"2026-05","state":"ended"},{"period":"2026-04","state":"ended"},{"period":"2026-03","state":"closed"}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("periods", "close", "2026-06", "--time-zone", "Europe/Berlin"));
        Assert.Equal("""{"time_zone":"Europe/Berlin"}""", server.Requests.Last().Body);
        Assert.Equal("2026-06 is closed with 12.500000001 USD of 1,000 calls, and with it 2026-04, 2026-05; 2 records had no price; the cost will be booked when it comes.", kt.Error.Trim());
        server.On("GET /v1/periods", $$"""{"periods":[{{June}}]}""");
        Assert.Equal(0, await kt.RunAsync("periods", "close", "2026-06", "--time-zone", "Europe/Berlin"));
        Assert.DoesNotContain("with it", kt.Error, StringComparison.Ordinal);
        Assert.Equal(0, await kt.RunAsync("periods", "list"));
        Assert.Contains(["2026-06", "closed", "12.500000001", "1,000", "0.25", "2", "Europe/Berlin", "2026-07-02 08:00:00Z", "key_finance"], kt.Out.Split('\n').Select(Cells));
    }

    [Fact]
    public async Task Workload_rule_is_previewed_and_set_as_it_was_written()
    {
        await using var server = new ReplayServer()
            .On("POST /v1/workloads/rules/preview", """
                {"from":"2026-05-17T00:00:00Z","to":"2026-06-16T00:00:00Z","currency":"USD","calls":1200,"cost":34.500000000,"classified":[{"workload":"copilot","calls":7,"cost":0.500000000}],"unclassified_share":0.25,"unclassified_share_with_rule":0.125}
                """)
            .On("PUT /v1/workloads/rules/nightly", """
                {"rules":[{"name":"nightly","position":1,"workload":"batch","conditions":{"team":["a","b"]},"tags":{"job":"nightly"},"min_input_tokens":1000,"max_input_tokens":null,"set_at":"2026-06-15T12:00:00Z","set_by":"key_1"}]}
                """);
        using var kt = new RunningKt(server.Url);
        string[] rule = ["nightly", "--workload", "batch", "--team", "a,b", "--tag", "job=nightly", "--min-input-tokens", "1000"];

        Assert.Equal(0, await kt.RunAsync(["workloads", "rules", "preview", .. rule, "--since", "30d"]));
        Assert.Contains("25 % of all calls now, 12.5 % with the rule", kt.Out, StringComparison.Ordinal);
        Assert.Contains(["copilot", "7", "0.50"], kt.Out.Split('\n').Select(Cells));
        Assert.Equal(0, await kt.RunAsync(["workloads", "rules", "set", .. rule]));
        Assert.Contains(["1", "nightly", "batch", "team a|b; tag job=nightly; input ≥ 1000", "2026-06-15 12:00:00Z", "key_1"], kt.Out.Split('\n').Select(Cells));
        Assert.Equal(
            [
                """{"name":"nightly","workload":"batch","team":["a","b"],"tags":{"job":"nightly"},"min_input_tokens":1000,"since":"30d"}""",
                """{"workload":"batch","team":["a","b"],"tags":{"job":"nightly"},"min_input_tokens":1000}""",
            ],
            server.Requests.Select(request => request.Body));
        Assert.Equal(2, await kt.RunAsync("workloads", "rules", "set", "nightly"));
    }

    [Fact]
    public async Task Waste_shows_each_signal_with_its_share_and_records()
    {
        await using var server = new ReplayServer().On("GET /v1/waste?team=a&since=7d&evidence=1", """
            {"from":"2026-06-09T00:00:00Z","to":"2026-06-16T00:00:00Z","currency":"USD","spend":200.000000000,"signals":[
            {"signal":"failed","calls":0,"cost":0.000000000,"rows":[]},
            {"signal":"right_sizing","calls":1200,"cost":25.000000000,"rows":[{"team_id":"a","provider":"openai","model":"gpt-4o","calls":1200,"cost":25.000000000,"cheaper_provider":"openai","cheaper_model":"gpt-4o-mini","evidence":["r1"]}]}]}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("waste", "--team", "a", "--since", "7d"));
        Assert.Contains("Right sizing: 25.00 USD (12.5 %) less if small calls ran on a cheaper model, 1,200 calls", kt.Out, StringComparison.Ordinal);
        Assert.Contains(["a", "openai gpt-4o", "1,200", "25.00", "openai gpt-4o-mini", "r1"], kt.Out.Split('\n').Select(Cells));
    }

    private static string[] Cells(string line) => line.Trim().Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
