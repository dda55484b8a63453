namespace Platform.Cli.Tests;

public sealed class ControlsCommandTests
{
    private const string Cap = """
        {"cap_id":"cap_1","scope":"team","scope_id":"team_support","period":"month","time_zone":"Europe/Berlin","amount":500.000000000,"currency":"USD","used":12.345678901,"undrawn":3.210000000,"uncounted":100.000000000,"left":387.654321099,"period_from":"2026-05-31T22:00:00Z","period_to":"2026-06-30T22:00:00Z","source":"","description":"June","active":true,"created_at":"2026-06-01T00:00:00Z","changed_at":"2026-06-01T00:00:00Z","changed_by":"key_1"}
        """;

    private const string Policy = """
        {"wallet_id":"wal_team_support","frozen":true,"observe":true,"overflow_to_parent":false,"empty_wait_seconds":5,"low_percents":[50,20]}
        """;

    [Fact]
    public async Task Caps_set_sends_whom_it_limits_and_the_exact_amount()
    {
        await using var server = new ReplayServer().On("POST /v1/caps", Cap);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("caps", "set", "--team", "team_support", "--period", "month", "--amount", "500", "--time-zone", "Europe/Berlin"));
        Assert.Equal(
            """{"scope":"team","scope_id":"team_support","period":"month","time_zone":"Europe/Berlin","amount":500.00,"currency":"USD"}""",
            server.Requests.Single().Body);
        Assert.Equal(
            ["cap           cap_1", "limits        team team_support", "amount        500.00 USD a month, Europe/Berlin", "spent before  100.00", "used          12.345678901",
                "left          387.654321099", "until         2026-06-30 22:00:00Z", "active        yes"],
            kt.Out.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Forecast_controls_say_on_stderr_how_many_older_ones_are_not_shown()
    {
        const string Change = """{"event_id":"e","occurred_at":"2026-06-01T00:00:00Z","kind":"allocation","team_id":"a","subject":"wal_a","actor":"","summary":"s","from_team_id":""}""";
        await using var server = new ReplayServer()
            .On("GET /v1/forecast/controls?limit=100", $$"""{"controls":[{{Change}}],"controls_total":12001}""")
            .On("GET /v1/forecast/controls?limit=1000", $$"""{"controls":[{{Change}}],"controls_total":1}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "controls"));
        Assert.Equal("12,000 older ones are not shown: --limit shows up to 1,000, --until those before a time, and --kind and --team look for some of them.", kt.Error.Trim());
        Assert.Equal(0, await kt.RunAsync("forecast", "controls", "--limit", "1000"));
        Assert.Empty(kt.Error);
        Assert.Equal(0, await kt.RunAsync("forecast", "controls", "-o", "json"));
        Assert.Empty(kt.Error);
        Assert.Contains("\"controls_total\": 12001", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caps_set_on_the_organisation_names_no_id()
    {
        await using var server = new ReplayServer().On("POST /v1/caps", Cap);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("caps", "set", "--organisation", "--period", "day", "--amount", "0.5", "--output", "json"));
        Assert.Equal("""{"scope":"organisation","period":"day","amount":0.50,"currency":"USD"}""", server.Requests.Single().Body);
        Assert.Contains("\"left\": 387.654321099,", kt.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("caps set --period month --amount 5")]
    [InlineData("caps set --team a --user b --period month --amount 5")]
    [InlineData("caps set --team a --amount 5")]
    [InlineData("caps set --team a --period month --amount 0")]
    [InlineData("wallets policy team_support")]
    [InlineData("wallets policy team_support --observe yes")]
    [InlineData("wallets policy team_support --low-percents 20,x")]
    public async Task A_command_that_does_not_say_what_to_do_is_a_usage_error_and_sends_nothing(string command)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync(command.Split(' ')));
        Assert.Empty(server.Received);
    }

    [Fact]
    public async Task Caps_list_reads_all_pages_and_keeps_their_figures_to_the_digit()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/caps?page_size=1000", $$"""{"caps":[{{Cap}}],"next_page_token":"cap_1"}""")
            .On("GET /v1/caps?page_size=1000&page_token=cap_1", $$"""{"caps":[{{Cap.Replace("cap_1", "cap_2", StringComparison.Ordinal)}}],"next_page_token":"cap_2"}""")
            .On("GET /v1/caps?page_size=1000&page_token=cap_2", """{"caps":[],"next_page_token":""}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("caps", "list", "-o", "json"));
        using var read = System.Text.Json.JsonDocument.Parse(kt.Out);
        var caps = read.RootElement.GetProperty("caps").EnumerateArray().ToList();
        Assert.Equal(["cap_1", "cap_2"], caps.Select(cap => cap.GetProperty("cap_id").GetString()));
        using var one = System.Text.Json.JsonDocument.Parse(Cap);
        Assert.All(caps, cap => Assert.Equal(one.RootElement.GetProperty("used").GetRawText(), cap.GetProperty("used").GetRawText()));
        Assert.Equal("", read.RootElement.GetProperty("next_page_token").GetString());
    }

    [Fact]
    public async Task Caps_list_shows_what_is_left_and_until_when()
    {
        await using var server = new ReplayServer().On("GET /v1/caps?scope=team&scope_id=team_support&page_size=1000", $$"""{"caps":[{{Cap}}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("caps", "list", "--team", "team_support"));
        var row = kt.Out.Split('\n').Single(line => line.Contains("cap_1", StringComparison.Ordinal));
        Assert.Equal(
            ["cap_1", "team team_support", "month", "Europe/Berlin", "500.00", "100.00", "12.35", "3.21", "387.65", "2026-06-30 22:00:00Z", "June"],
            row.Trim().Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Theory]
    [InlineData("2026-06-08T10:00:00Z", true)]
    [InlineData("2026-05-31T22:00:00Z", false)]
    public async Task A_cap_that_was_set_again_within_its_period_says_from_when_it_counts(string since, bool isTold)
    {
        var cap = Cap.TrimEnd()[..^1] + $$""","counts_since":"{{since}}"}""";
        await using var server = new ReplayServer().On("GET /v1/caps", $$"""{"caps":[{{cap}}]}""").On("POST /v1/caps", cap);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("caps", "list"));
        Assert.Equal(isTold, kt.Out.Contains("\ncap_1 counts since 2026-06-08 10:00:00Z, within its period: what that cost while it did not count is not in 'used'", StringComparison.Ordinal));
        Assert.Equal(isTold, kt.Out.Contains("counts since", StringComparison.Ordinal));

        Assert.Equal(0, await kt.RunAsync("caps", "set", "--organisation", "--period", "day", "--amount", "0.5"));
        Assert.Equal(isTold, kt.Out.Contains("counts since  2026-06-08 10:00:00Z\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Caps_list_says_what_is_wrong_with_a_cap_below_the_others()
    {
        const string Problem = "Cap cap_2 is kept in time zone Mars/Olympus";
        var lost = Cap.Replace("cap_1", "cap_2", StringComparison.Ordinal).TrimEnd()[..^1] + $$""","problem":"{{Problem}}"}""";
        await using var server = new ReplayServer().On("GET /v1/caps?page_size=1000", $$"""{"caps":[{{lost}},{{Cap}}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("caps", "list"));
        Assert.Contains("cap_1", kt.Out, StringComparison.Ordinal);
        Assert.Equal(Problem, kt.Out.TrimEnd().Split('\n')[^1]);
    }

    [Fact]
    public async Task Caps_remove_names_the_cap()
    {
        await using var server = new ReplayServer().On("DELETE /v1/caps/cap_1", Cap.Replace("true", "false", StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("caps", "remove", "cap_1"));
        Assert.Contains("active        no", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wallets_policy_sends_only_what_changes()
    {
        await using var server = new ReplayServer().On("PATCH /v1/wallets/wal_team_support/policy", Policy);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "policy", "team_support", "--observe", "on", "--low-percents", "50,20"));
        Assert.Equal("""{"observe":true,"low_percents":[50,20]}""", server.Requests.Single().Body);
        Assert.Equal(
            ["wallet              wal_team_support", "frozen              FROZEN", "observe             OBSERVES ONLY", "overflow to parent  no",
                "waits when empty    5 s", "low at              50 %, 20 %"],
            kt.Out.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Wallets_policy_leaves_the_levels_that_are_not_given()
    {
        await using var server = new ReplayServer().On("PATCH /v1/wallets/wal_team_support/policy", Policy);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "policy", "team_support", "--observe", "off"));
        Assert.Equal("""{"observe":false}""", server.Requests.Single().Body);
    }

    [Fact]
    public async Task Wallets_policy_can_take_all_levels_away()
    {
        await using var server = new ReplayServer().On("PATCH /v1/wallets/wal_team_support/policy", Policy);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "policy", "wal_team_support", "--low-percents", "none", "--empty-wait-seconds", "0"));
        Assert.Equal("""{"empty_wait_seconds":0,"low_percents":[]}""", server.Requests.Single().Body);
    }

    [Theory]
    [InlineData("freeze")]
    [InlineData("unfreeze")]
    public async Task Wallets_freeze_and_unfreeze_say_why(string action)
    {
        await using var server = new ReplayServer().On($"POST /v1/wallets/wal_team_support/{action}", Policy);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", action, "team_support", "--description", "runaway agent"));
        Assert.Equal("""{"description":"runaway agent"}""", server.Requests.Single().Body);
        Assert.Equal(action == "freeze", kt.Error.Contains("kt wallets freeze --team team_support stops all calls of the team", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("freeze --team team_a", "POST /v1/teams/team_a/freeze", """{"team_id":"team_a"}""", "team_a is frozen: its calls are refused.")]
    [InlineData("unfreeze --team team_a", "POST /v1/teams/team_a/unfreeze", """{"team_id":"team_a"}""", "team_a is not frozen any more: its calls are served.")]
    [InlineData("freeze --key key_1", "POST /v1/keys/key_1/freeze", """{"key_id":"key_1"}""", "key_1 is frozen: its calls are refused.")]
    [InlineData("unfreeze --key key_1", "POST /v1/keys/key_1/unfreeze", """{"key_id":"key_1"}""", "key_1 is not frozen any more: its calls are served.")]
    public async Task Wallets_freeze_stops_a_team_or_a_key_too(string command, string route, string answer, string says)
    {
        await using var server = new ReplayServer().On(route, answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(["wallets", .. command.Split(' ')]));
        Assert.Equal(route, server.Requests.Single().Request);
        Assert.Contains(says, kt.Error + kt.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("freeze key_1", "kt wallets freeze --key key_1")]
    [InlineData("unfreeze key_1", "kt wallets unfreeze --key key_1")]
    [InlineData("freeze", "a WALLET, --team TEAM or --key KEY")]
    [InlineData("freeze wal_a --team a", "a WALLET, --team TEAM or --key KEY")]
    [InlineData("freeze --team a --description why", "--description is kept of a wallet alone")]
    public async Task Wallets_freeze_says_which_command_stops_what_was_meant(string command, string says)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync(["wallets", .. command.Split(' ')]));
        Assert.Contains(says, kt.Error, StringComparison.Ordinal);
        Assert.Empty(server.Received);
    }
}
