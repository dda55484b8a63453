namespace Platform.Cli.Tests;

public sealed class ScenarioCommandTests
{
    private const string Saved = """
        {"name":"cheaper","changes":["route model=gpt-4o to=openai/gpt-4o-mini share=30%"],"note":"June","shared":true,"owner":"ada","created_at":"2026-06-10T12:00:00Z","changed_at":"2026-06-10T12:00:00Z"}
        """;

    private static readonly string Answer = $$"""
        {"team_id":"","currency":"USD","as_of":"2026-06-10T12:00:00Z","time_zone":"UTC","periods":[{{string.Join(',', Kinds.Select(kind => $$"""{"kind":"{{kind}}","layers":[{{Layer("total", 1000)}}]}"""))}}],
         "scenarios":[{"name":"what-if-1","periods":[{{string.Join(',', Kinds.Select(kind => $$"""{"kind":"{{kind}}","layers":[{{Layer("control", -20)}},{{Layer("total", 900)}}],"differences":[{{Layer("control", -100)}},{{Layer("total", -100)}}]}"""))}}],
           "changes":[{"change":"route model=gpt-4o to=openai/gpt-4o-mini share=30%","layer":"control","periods":[{{string.Join(',', Kinds.Select(kind => $$"""{"kind":"{{kind}}","touched":400.0,"unserved":0.0,"difference":{{Band(-100)}}}"""))}}],
             "segments":3,"plan_items":1,"rests_on":["Prices of today's book."],"cannot_know":["Demand is taken as unmoved."]}],
           "teams":[{"team_id":"search","periods":[{{string.Join(',', Kinds.Select(kind => $$"""{"kind":"{{kind}}","difference":{{Band(-100)}}}"""))}}]}],
           "funds":[{"forecast":{{Funds(500, "2026-06-20T00:00:00Z")}},"scenario":{{Funds(500, "2026-06-25T00:00:00Z")}}}],
           "wallets":[{"forecast":{{Wallet(7, 0.5)}},"scenario":{{Wallet(12, 0.125)}}}],
           "budgets":[{"forecast":{{Budget(0.5)}},"scenario":{{Budget(0.25)}}}],"caps":[{"forecast":{{Cap("0.25", "null", 40)}},"scenario":{{Cap("1.0", "\"2026-06-20T00:00:00Z\"", 80)}}}]}],
         "notes":["A note."]}
        """;

    private static string[] Kinds => ["month", "next_month", "quarter", "next_quarter", "twelve_months"];

    [Fact]
    public async Task What_if_sends_each_scenario_with_its_changes_in_order()
    {
        await using var server = new ReplayServer().On("POST /v1/forecast/what-if", Answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(
            "forecast", "--team", "search", "--what-if", "wallet team=search amount=+500", "--what-if", "cheaper: route model=a to=b share=30%; plan id=x name=\"a; b\" calls_per_day=5", "-o", "json"));
        Assert.Equal(
            """{"team_id":"search","scenarios":[{"name":"what-if-1","changes":["wallet team=search amount=\u002B500"]},{"name":"cheaper","changes":["route model=a to=b share=30%","plan id=x name=\u0022a; b\u0022 calls_per_day=5"]}],"saved":[]}""",
            server.Requests.Single().Body);
    }

    [Fact]
    public async Task A_quotation_mark_that_is_left_open_makes_no_text_of_the_changes_after_it()
    {
        await using var server = new ReplayServer().On("POST /v1/forecast/what-if", Answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync("forecast", "--what-if", "plan id=launch name=\"Big launch calls_per_day=500; wallet team=search amount=+500"));
        Assert.Contains("a quotation mark is never closed", kt.Error, StringComparison.Ordinal);
        Assert.Empty(server.Received);
    }

    [Fact]
    public async Task What_if_is_shown_beside_the_forecast()
    {
        await using var server = new ReplayServer().On("POST /v1/forecast/what-if", Answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--what-if", "route model=gpt-4o to=openai/gpt-4o-mini share=30%"));
        string[] Cells(string with) => kt.Out.Split('\n').First(line => line.Contains(with, StringComparison.Ordinal)).Trim().Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(["Month", "forecast", "1,000.00", "999.00", "1,000.00", "1,001.00"], Cells("Month "));
        Assert.Equal(["what-if-1", "900.00", "899.00", "900.00", "901.00", "-100.00", "-101.00", "-100.00", "-99.00"], Cells("what-if-1"));
        Assert.Equal(["what-if-1", "route model=gpt-4o to=openai/gpt-4o-mini share=30%", "3", "1", "400.00", "-100.00", "-101.00", "-99.00", "0.00"], Cells("share=30%"));
        Assert.Equal(["what-if-1", "search", "-100.00", "-100.00", "-101.00", "-99.00", "-100.00"], Cells(" search "));
        Assert.Equal(["what-if-1", "search_money", "500.00", "500.00", "10.0 %", "10.0 %", "2026-06-25", "2026-06-20", "5.00", "5.00"], Cells("search_money"));
        Assert.Equal(["what-if-1", "wal_ada", "search", "12.00", "7.00", "12.5 %", "50.0 %", "2026-06-25", "2026-06-25"], Cells("wal_ada"));
        Assert.Equal(["what-if-1", "b1", "70.00", "70.00", "25.0 %", "50.0 %", "–", "–"], Cells("b1"));
        Assert.Equal(["what-if-1", "cap_a", "team_a", "month", "50.00", "50.00", "100.0 %", "25.0 %", "2026-06-20", "–", "80.00", "40.00", "It observes."], Cells("cap_a"));
        Assert.Contains("search_money: All 2 wallets only observe. Those calls are in what is told as refused\n", kt.Out, StringComparison.Ordinal);
        Assert.Contains("  cannot know: Demand is taken as unmoved.", kt.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("overage", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Money_that_repays_overage_is_said_where_it_is_not_available()
    {
        var owing = Answer.Replace("\"expected\":\"2026-06-20T00:00:00Z\"}", "\"expected\":\"2026-06-20T00:00:00Z\",\"overage\":30.0}", StringComparison.Ordinal)
            .Replace("\"expected\":\"2026-06-25T00:00:00Z\"}", "\"expected\":\"2026-06-25T00:00:00Z\",\"overage\":10.5}", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("POST /v1/forecast/what-if", owing);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--what-if", "wallet team=search_money amount=+19.5"));
        Assert.Contains("what-if-1, search_money: what is put in repays overage first, 30.00 before and 10.50 after; only the rest of it is available", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Money_of_the_whole_is_that_of_all_wallets_and_not_of_the_organisations_own()
    {
        var whole = Answer.Replace("search_money", "", StringComparison.Ordinal)
            .Replace("\"expected\":\"2026-06-20T00:00:00Z\"}", "\"expected\":\"2026-06-20T00:00:00Z\",\"overage\":30.0}", StringComparison.Ordinal)
            .Replace("\"expected\":\"2026-06-25T00:00:00Z\"}", "\"expected\":\"2026-06-25T00:00:00Z\",\"overage\":10.5}", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("POST /v1/forecast/what-if", whole);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--what-if", "wallet amount=+19.5"));
        Assert.Matches("what-if-1 +all wallets .*2026-06-25 +2026-06-20", kt.Out);
        Assert.Contains("what-if-1, all wallets: overage is repaid, 30.00 before and 10.50 after", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Overage_that_is_repaid_is_said_once_of_a_team_and_of_the_organisation_as_that_of_its_wallets()
    {
        string Sum(string team, int overage) => Funds(500, "2026-06-20T00:00:00Z").Replace("search_money", team, StringComparison.Ordinal)
            .Replace("\"2026-06-20T00:00:00Z\"}", $"\"2026-06-20T00:00:00Z\",\"overage\":{overage}.0}}", StringComparison.Ordinal);
        string Owing(string wallet, int overage) => wallet.Replace("\"late\":null", $"\"late\":null,\"overage\":{overage}.0", StringComparison.Ordinal);
        string[] sums = [.. new[] { ("", 330, 300), ("search", 30, 0), ("support", 9, 2) }.Select(sum => $"{{\"forecast\":{Sum(sum.Item1, sum.Item2)},\"scenario\":{Sum(sum.Item1, sum.Item3)}}}")];
        var owing = Answer.Replace("\"funds\":[{\"forecast\"", $"\"funds\":[{string.Join(',', sums)},{{\"forecast\"", StringComparison.Ordinal)
            .Replace(Wallet(7, 0.5), Owing(Wallet(7, 0.5), 30), StringComparison.Ordinal).Replace(Wallet(12, 0.125), Owing(Wallet(12, 0.125), 0), StringComparison.Ordinal);
        await using var server = new ReplayServer().On("POST /v1/forecast/what-if", owing);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--what-if", "wallet team=search amount=+42"));
        Assert.Equal(
            [
                "what-if-1, all wallets: overage is repaid, 330.00 before and 300.00 after",
                "what-if-1, support: what is put in repays overage first, 9.00 before and 2.00 after; only the rest of it is available",
                "what-if-1, wal_ada: what is put in repays overage first, 30.00 before and 0.00 after; only the rest of it is available",
            ],
            kt.Out.Split('\n').Select(line => line.Trim()).Where(line => line.Contains("overage", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_if_has_quarters_and_layers_of_every_period()
    {
        await using var server = new ReplayServer().On("POST /v1/forecast/what-if", Answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--what-if", "lift"));
        string[][] Rows(string with) => [.. kt.Out.Split('\n').Where(line => line.Contains(with, StringComparison.Ordinal)).Select(
            line => line.Trim().Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
        Assert.Equal(["Month", "Next month", "Quarter", "Next quarter", "Twelve months"], Rows("  forecast ").Select(row => row[0]));
        Assert.Equal([["what-if-1", "Next month", "control", "-20.00", "-100.00", "-101.00", "-99.00"]], Rows(" control "));
        Assert.Equal(0, await kt.RunAsync("forecast", "--what-if", "lift", "--layers"));
        Assert.Equal(["what-if-1", "Next month", "Quarter", "Next quarter", "Twelve months"], Rows(" control ").Select(row => row[0]));
        Assert.DoesNotContain(server.Requests, request => request.Body.Contains("by_month", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_if_of_a_month_shows_that_month_alone()
    {
        static string Months(string layers) => string.Join(',', Enumerable.Range(6, 3).Select(
            month => $$"""{"kind":"","period_start":"2026-0{{month}}-01T00:00:00Z","period_end":"2026-0{{month + 1}}-01T00:00:00Z",{{layers}}}"""));
        var answer = Answer
            .Replace("\"scenarios\":[{", $"\"months\":[{Months($"\"layers\":[{Layer("total", 70)}]")}],\"scenarios\":[{{\"months\":[{Months($"\"layers\":[{Layer("total", 60)}],\"differences\":[{Layer("total", -10)}]")}],", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("POST /v1/forecast/what-if", answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--what-if", "lift", "--month", "2026-07"));
        Assert.Contains("\"by_month\":true", server.Requests.Single().Body, StringComparison.Ordinal);
        Assert.Matches("2026-07 +forecast +70.00", kt.Out);
        Assert.Matches("what-if-1 +2026-07 +total +60.00 +-10.00", kt.Out);
        Assert.DoesNotContain("2026-08", kt.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Next month", kt.Out, StringComparison.Ordinal);
        Assert.Equal(2, await kt.RunAsync("forecast", "--what-if", "lift", "--month", "2027-07"));
        Assert.Contains("2026-06 to 2026-08", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_if_names_the_days_of_its_zone()
    {
        await using var server = new ReplayServer().On(
            "POST /v1/forecast/what-if", Answer.Replace("\"UTC\"", "\"Europe/Berlin\"", StringComparison.Ordinal).Replace("2026-06-20T00:00:00Z", "2026-06-19T22:00:00Z", StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--what-if", "lift", "--time-zone", "Europe/Berlin"));
        Assert.Matches("search_money .*2026-06-25 +2026-06-20", kt.Out);
    }

    [Fact]
    public async Task Scenarios_of_a_file_are_sent_and_one_of_them_can_be_kept()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            file, "scenarios:\n- name: cheaper\n  changes:\n  - route model=gpt-4o to=openai/gpt-4o-mini share=30%\n- name: later\n  changes: [\"plan id=launch starts=2026-08-01\"]\n",
            TestContext.Current.CancellationToken);
        await using var server = new ReplayServer().On("POST /v1/forecast/what-if", Answer).On("POST /v1/forecast/scenarios", Saved);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "--what-if-file", file, "-o", "json"));
        Assert.Equal(0, await kt.RunAsync("forecast", "scenarios", "save", "later", "--file", file, "--note", "why", "--shared"));
        Assert.Equal(2, await kt.RunAsync("forecast", "scenarios", "save", "other", "--file", file));
        Assert.Equal(
            """{"scenarios":[{"name":"cheaper","changes":["route model=gpt-4o to=openai/gpt-4o-mini share=30%"]},{"name":"later","changes":["plan id=launch starts=2026-08-01"]}],"saved":[]}""",
            server.Requests.First().Body);
        Assert.Equal("""{"name":"later","changes":["plan id=launch starts=2026-08-01"],"note":"why","shared":true}""", server.Requests.Last().Body);
        File.Delete(file);
    }

    [Fact]
    public async Task A_scenario_is_kept_of_the_text_that_was_asked_as_a_what_if()
    {
        await using var server = new ReplayServer().On("POST /v1/forecast/scenarios", Saved);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "scenarios", "save", "both", "--change", "wallet team=a amount=+5; plan id=x name=\"a; b\" starts=2026-08-01", "--change", "lift"));
        Assert.Equal("""["wallet team=a amount=\u002B5","plan id=x name=\u0022a; b\u0022 starts=2026-08-01","lift"]""", System.Text.Json.Nodes.JsonNode.Parse(server.Requests.Single().Body)!["changes"]!.ToJsonString());
        Assert.Equal(2, await kt.RunAsync("forecast", "scenarios", "save", "torn", "--change", "plan id=x name=\"a; lift"));
        Assert.StartsWith("--change 'plan id=x name=\"a; lift': a quotation mark is never closed.", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kept_scenarios_are_listed_shown_compared_and_removed()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/scenarios", $$"""{"scenarios":[{{Saved}}]}""").On("GET /v1/forecast/scenarios/cheaper", Saved)
            .On("POST /v1/forecast/what-if", Answer).On("DELETE /v1/forecast/scenarios/cheaper", Saved);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "scenarios", "list"));
        Assert.Contains("cheaper", kt.Out, StringComparison.Ordinal);
        Assert.Equal(0, await kt.RunAsync("forecast", "scenarios", "show", "cheaper"));
        Assert.Contains("change 1  route model=gpt-4o to=openai/gpt-4o-mini share=30%", kt.Out, StringComparison.Ordinal);
        Assert.Equal(0, await kt.RunAsync("forecast", "scenarios", "compare", "cheaper", "later"));
        Assert.Equal("""{"scenarios":[],"saved":["cheaper","later"]}""", server.Requests.Last().Body);
        Assert.Equal(0, await kt.RunAsync("forecast", "scenarios", "remove", "cheaper"));
    }

    [Fact]
    public async Task Promoting_says_what_was_done_and_the_commands_for_the_rest()
    {
        await using var server = new ReplayServer().On(
            "POST /v1/forecast/scenarios/cheaper/promote",
            $$"""{"scenario":{{Saved}},"version":7,"deeds":[{"change":"plan id=x drop=yes","done":true,"commands":[]},{"change":"wallet team=a amount=+5","done":false,"commands":["kt wallets allocate --team a --amount 5.00"]}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "scenarios", "promote", "cheaper", "--description", "agreed"));
        Assert.Equal("""{"description":"agreed"}""", server.Requests.Single().Body);
        Assert.Equal(
            ["The plan is changed, and the forecast is published as version 7.", "plan id=x drop=yes: done", "wallet team=a amount=+5", "  kt wallets allocate --team a --amount 5.00"],
            kt.Out.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("forecast scenarios save x")]
    [InlineData("forecast scenarios save x --change lift --file y")]
    [InlineData("forecast scenarios compare")]
    public async Task A_command_that_does_not_say_what_to_do_is_a_usage_error_and_sends_nothing(string command)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync(command.Split(' ')));
        Assert.Empty(server.Received);
    }

    private static string Layer(string name, int expected) =>
        $$"""{"layer":"{{name}}","to_date":0.0,"expected":{{expected}}.0,"p10":{{expected - 1}}.0,"p50":{{expected}}.0,"p90":{{expected + 1}}.0}""";

    private static string Band(int expected) => $$"""{"expected":{{expected}}.0,"p10":{{expected - 1}}.0,"p50":{{expected}}.0,"p90":{{expected + 1}}.0}""";

    private static string Funds(int available, string expected) => $$"""
        {"outlook":{"team_id":"search_money","available":{{available}}.0,"exhausted_this_month":0.1,"exhausted_next_month":0.9,"observing_note":"All 2 wallets only observe.","early":null,"expected":"{{expected}}"},
         "refused_this_month":{{Band(1)}},"refused_to_next_month":{{Band(5)}}}
        """;

    private static string Wallet(int available, double exhausted) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $$$"""
        {"wallet_id":"wal_ada","user_id":"ada","application_id":"","name":"Ada","note":"","funds":{"team_id":"search","available":{{{available}}}.0,"exhausted_this_month":0,
        "exhausted_next_month":{{{exhausted}}},"early":null,"expected":"2026-06-25T00:00:00Z","late":null}}
        """);

    private static string Cap(string reached, string expected, int needed) => $$"""
        {"cap_id":"cap_a","team_id":"team_a","period":"month","time_zone":"UTC","amount":50.0,"spent":18.0,"period_end":"2026-07-01T00:00:00Z","reached":{{reached}},"early":null,"expected":{{expected}},
        "late":null,"needed":{{needed}}.0,"reached_next":null,"needed_next":null,"source":"","note":"It observes."}
        """;

    private static string Budget(double crossing) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $$"""{"budget_id":"b1","name":"b1","amount":70.0,"spent":1.0,"crossing":{{crossing}},"early":null,"expected":null,"note":""}""");
}
