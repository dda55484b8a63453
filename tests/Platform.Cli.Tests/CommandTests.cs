using Platform.Cli.Configuration;

namespace Platform.Cli.Tests;

public sealed class CommandTests
{
    private const string Wallets = """
        {"wallets":[{"wallet_id":"wal_organisation","scope":"organisation","team_id":"","name":"Organisation","currency":"USD","balance":8500.000000000,"reserved":0.000000000,"suspense":0.000000000,"total_allocated":10000.000000000,"moved_out":1500.000000000,"total_spent":0.000000000,"overage":0.000000000,"status":"healthy"},
        {"wallet_id":"wal_team_support","scope":"team","team_id":"team_support","name":"Support","currency":"USD","balance":1499.999876550,"reserved":0.000000000,"suspense":0.000000000,"total_allocated":1500.000000000,"moved_out":0.000000000,"total_spent":0.000123450,"overage":0.000000000,"status":"low"}],
        "next_page_token":"bmV4dA","totals":{"wallets":1202,"balance":9999.999876550,"reserved":2.500000000,"suspense":0.000000000,"total_spent":0.000123450,"overage":0.000000000}}
        """;

    [Fact]
    public async Task Wallets_list_shows_exact_figures_and_the_status_as_people_know_it()
    {
        await using var server = new ReplayServer().On("GET /v1/wallets", Wallets);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "list"));
        var row = kt.Out.Split('\n').Single(line => line.Contains("wal_team_support", StringComparison.Ordinal));
        Assert.Equal(["wal_team_support", "team", "Support", "1,499.99987655", "0.00", "0.00", "1,500.00", "0.00012345", "0.00", "Low"], Cells(row));
    }

    [Fact]
    public async Task Wallets_list_is_a_page_with_the_sums_of_all_and_says_how_many_it_has_not()
    {
        await using var server = new ReplayServer().On("GET /v1/wallets", Wallets);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(
            "wallets", "list", "--team", "a", "--scope", "user,application", "--status", "low", "--frozen", "--needs-action", "--search", "An", "--order", "left", "--limit", "2", "--page", "dG9r"));
        Assert.Equal(
            "GET /v1/wallets?team_id=a&scope=user%2Capplication&status=low&frozen=true&needs_action=true&search=An&order=left&page_size=2&page_token=dG9r&totals=true",
            server.Requests.Single().Request);
        var sums = kt.Out.Split('\n').Single(line => line.Contains("in all", StringComparison.Ordinal));
        Assert.Equal(["1,202 in all", "9,999.99987655", "2.50", "0.00", "0.00012345", "0.00"], Cells(sums));
        Assert.Equal("1,200 of them are not on this page.\nMore: --page bmV4dA\n", kt.Error.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Wallets_list_that_finds_none_says_so()
    {
        await using var server = new ReplayServer().On("GET /v1/wallets", """{"wallets":[],"next_page_token":"","totals":{"wallets":0,"balance":0,"reserved":0,"suspense":0,"total_spent":0,"overage":0}}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "list"));
        Assert.Equal("There is none.", kt.Error.Trim());
        Assert.Equal(2, await kt.RunAsync("wallets", "list", "--order", "name"));
        Assert.Equal(2, await kt.RunAsync("wallets", "list", "--limit", "1001"));
    }

    /// <summary>Its answer is all wallets, whatever was asked.</summary>
    [Theory]
    [InlineData("""{"wallets":[],"next_page_token":"","totals":null}""")]
    [InlineData("""{"wallets":[]}""")]
    public async Task Wallets_list_of_a_platform_that_knows_no_filters_is_refused(string answer)
    {
        await using var server = new ReplayServer().On("GET /v1/wallets", answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync("wallets", "list", "--status", "depleted", "--output", "json"));
        Assert.Equal("", kt.Out);
        Assert.Contains("The platform is of an earlier version, which knows no filters and pages of wallets.", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wallets_list_as_json_carries_every_digit_of_the_answer()
    {
        await using var server = new ReplayServer().On("GET /v1/wallets", Wallets);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "list", "--output", "json"));
        Assert.Contains("\"total_spent\": 0.000123450,", kt.Out, StringComparison.Ordinal);
        Assert.Contains("\"balance\": 1499.999876550,", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wallets_allocate_sends_the_exact_amount()
    {
        await using var server = new ReplayServer().On("POST /v1/wallets/allocate", """
            {"transfer_id":"t1","kind":"allocation","wallet_id":"wal_team_support","amount":0.100000000,"currency":"USD","balance_before":0.000000000,"balance_after":0.100000000}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "allocate", "--team", "team_support", "--amount", "0.1", "--description", "June"));
        Assert.Equal("""{"team_id":"team_support","amount":0.10,"currency":"USD","description":"June"}""", server.Requests.Single().Body);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("0.0000000001")]
    [InlineData("1e3")]
    [InlineData("abc")]
    public async Task Wallets_allocate_of_what_is_no_amount_is_a_usage_error_and_sends_nothing(string amount)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync("wallets", "allocate", "--team", "team_support", "--amount", amount));
        Assert.Empty(server.Received);
    }

    [Fact]
    public async Task Suspense_lists_attempts_and_leases_that_wait_for_a_decision_the_oldest_first_with_their_sum_and_nothing_else()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/reconciliation/open-holds", """
                {"attempt_id":"a0","wallet_id":"wal_b","team_id":"b","state":"suspended","reserved":1.000000001,"reason":"cut","occurred_at":"2026-06-01T12:45:00Z","model":"gpt-4o"}
                {"attempt_id":"a1","wallet_id":"wal_a","team_id":"a","state":"suspended","reserved":0.000100000,"reason":"cut","occurred_at":"2026-06-01T12:00:00Z","model":"gpt-4o"}
                {"attempt_id":"a2","wallet_id":"wal_a","team_id":"a","state":"sent","reserved":0.000100000,"reason":"","occurred_at":"2026-06-01T12:00:00Z","model":"gpt-4o"}
                """)
            .On("GET /v1/wallets/leases", """
                {"leases":[{"lease_id":"l1","holder":"gateway-1","wallet_id":"wal_a","team_id":"a","state":"suspended","reserved":0.250000000,"reason":"holder silent","suspended_at":"2026-06-01T12:30:00Z"},
                {"lease_id":"l2","holder":"gateway-2","wallet_id":"wal_a","team_id":"a","state":"open","reserved":0.250000000,"reason":""}]}
                """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "suspense", "list"));

        Assert.Equal(
            [
                ["attempt", "a1", "a", "gpt-4o", "0.0001", "2026-06-01 12:00:00Z", "cut"],
                ["lease", "l1", "a", "gateway-1", "0.25", "2026-06-01 12:30:00Z", "holder silent"],
                ["attempt", "a0", "b", "gpt-4o", "1.000000001", "2026-06-01 12:45:00Z", "cut"],
                ["3 in all", "1.250100001"],
            ],
            Figures(kt.Out));

        Assert.Equal(0, await kt.RunAsync("wallets", "suspense", "list", "--team", "a"));
        Assert.Equal(["attempt", "lease", "2 in all"], Figures(kt.Out).Select(row => row[0]));

        static string[][] Figures(string text) => [.. text.Split('\n').Where(line => line.Contains(" 0.", StringComparison.Ordinal) || line.Contains(" 1.", StringComparison.Ordinal)).Select(Cells)];
    }

    [Fact]
    public async Task Suspense_release_and_the_settlement_of_a_leases_attempt_send_what_was_said()
    {
        await using var server = new ReplayServer()
            .On("POST /v1/wallets/suspense/l1/release", """{"id":"l1","wallet_id":"wal_a","released":0.250000000}""")
            .On("POST /v1/wallets/suspense/a1/settle", """{"record_id":"r1","outcome":"accepted","cost":0.000001000}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync("wallets", "suspense", "release", "l1"));
        Assert.Equal(0, await kt.RunAsync("wallets", "suspense", "release", "l1", "--description", "not billed"));
        Assert.Contains("0.25", kt.Out, StringComparison.Ordinal);
        Assert.Equal(0, await kt.RunAsync(
            "wallets", "suspense", "settle", "a1", "--lease", "l1", "--provider", "openai", "--model", "gpt-4o", "--input-tokens", "5", "--output-tokens", "0"));

        Assert.Equal(
            [
                """{"description":"not billed"}""",
                """{"input_tokens":5,"cached_input_tokens":0,"cache_write_tokens":0,"cache_write_hour_tokens":0,"output_tokens":0,"reasoning_tokens":0,"lease_id":"l1","provider":"openai","model":"gpt-4o"}""",
            ],
            server.Requests.Select(request => request.Body));
    }

    [Fact]
    public async Task Settlement_that_changes_nothing_says_so_and_fails_where_its_figures_are_others()
    {
        await using var server = new ReplayServer()
            .On("POST /v1/wallets/suspense/a1/settle", """{"record_id":"r1","outcome":"duplicate","cost":0.000001000,"message":""}""")
            .On("POST /v1/wallets/suspense/a2/settle", """{"record_id":"r2","outcome":"duplicate","cost":0.000001000,"message":"Nothing changed: correct record r2 instead."}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "suspense", "settle", "a1", "--input-tokens", "5", "--output-tokens", "0"));
        Assert.Equal(1, await kt.RunAsync("wallets", "suspense", "settle", "a2", "--input-tokens", "5", "--output-tokens", "0"));
        Assert.Contains("correct record r2", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spend_shows_groups_teams_and_the_run_rate()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/spend?group_by=team%2Cmodel", """
                {"from":"2026-05-16T12:00:00Z","to":"2026-06-15T12:00:00Z","time_zone":"UTC","currency":"USD","group_by":["team","model"],"rows":[
                {"team":"team_support","model":"gpt-4o","cost":12.500000000,"calls":1000,"input_tokens":2000000,"output_tokens":300000,"unpriced_calls":0},
                {"team":"team_support","model":"gpt-4o-mini","cost":0.250000000,"calls":500,"input_tokens":1000,"output_tokens":10,"unpriced_calls":0}],
                "total":{"cost":12.750000000,"calls":1500,"input_tokens":2001000,"output_tokens":300010,"unpriced_calls":0}}
                """)
            .On("GET /v1/spend/run-rate", """
                {"team_id":"","currency":"USD","last_hour":0.010000000,"last_day":0.400000000,"last_7_days":3.000000000,"month_to_date":6.125000000,"daily_run_rate":0.428571428,"month_projected":12.550000000,"run_rate_days":7,"as_of":"2026-06-15T12:00:00Z"}
                """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("spend", "--all"));
        var lines = kt.Out.Split('\n').Select(Cells).ToList();
        Assert.Contains(["team_support", "gpt-4o", "12.50", "1,000", "2,000,000", "300,000", "0"], lines);
        Assert.Contains(["team_support", "12.75", "1,500"], lines);
        Assert.Contains(["month to date", "6.13 USD"], lines);
        Assert.Contains("0.43 USD a day", kt.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "TOKEN_INVALID", 3, "kt auth login")]
    [InlineData(403, "ROLE_MISSING", 3, "kt auth token create")]
    [InlineData(404, "TEAM_NOT_FOUND", 1, "kt teams list")]
    [InlineData(409, "INSUFFICIENT_FUNDS", 1, "kt wallets credit")]
    [InlineData(503, "DEPENDENCY_UNAVAILABLE", 4, "kt doctor")]
    public async Task Refusal_prints_the_problem_and_what_to_do(int status, string reason, int exitCode, string remedy)
    {
        await using var server = new ReplayServer().On(
            "GET /v1/wallets", $$"""{"status":{{status}},"detail":"What is wrong.","reason":"{{reason}}"}""", status, "application/problem+json");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(exitCode, await kt.RunAsync("wallets", "list"));
        Assert.StartsWith($"What is wrong. [{reason}]", kt.Error, StringComparison.Ordinal);
        Assert.Contains(remedy, kt.Error, StringComparison.Ordinal);
        Assert.Empty(kt.Out);
    }

    [Fact]
    public async Task Command_without_a_token_says_how_to_get_one()
    {
        using var kt = new RunningKt("http://127.0.0.1:9", token: null);

        Assert.Equal(3, await kt.RunAsync("wallets", "list"));
        Assert.Contains("KEEPTRUSTS_API_TOKEN", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Api_that_does_not_answer_is_exit_code_4()
    {
        using var kt = new RunningKt("http://127.0.0.1:9");

        Assert.Equal(4, await kt.RunAsync("wallets", "list"));
        Assert.Contains("does not answer", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Config_never_shows_the_token_and_is_readable_by_its_owner_only()
    {
        using var kt = new RunningKt("http://127.0.0.1:9");

        Assert.Equal(0, await kt.RunAsync("init", "--token", "kt_live_filesecret99"));
        Assert.Equal(0, await kt.RunAsync("config", "show"));
        Assert.Contains("kt_live_…cdef", kt.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("0123456789", kt.Out, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(kt.ConfigFile));
        }

        Assert.Equal(1, await kt.RunAsync("init"));
    }

    [Theory]
    [InlineData("auth login")]
    [InlineData("auth login --token -")]
    [InlineData("init --token -")]
    public async Task Token_that_is_no_argument_is_stored_as_it_was_typed_or_sent(string command)
    {
        await using var server = new ReplayServer().On("GET /v1/whoami", """{"key":{"name":"owner","role":"owner"}}""");
        using var kt = new RunningKt(server.Url, token: null) { Secret = " kt_live_typed0000001 \r" };

        Assert.Equal(0, await kt.RunAsync(command.Split(' ')));
        Assert.Equal("kt_live_typed0000001", KtSettings.Load(name => name == "XDG_CONFIG_HOME" ? Path.GetDirectoryName(Path.GetDirectoryName(kt.ConfigFile)) : null).Token);
        Assert.DoesNotContain("kt_live_typed", kt.Out + kt.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "auth login", "kt auth login < FILE")]
    [InlineData("", "auth login", "kt auth login < FILE")]
    [InlineData(" ", "init --token -", "kt init --token - < FILE")]
    [InlineData(null, "alerts channels add ops --slack -", "kt alerts channels add ops --slack - < FILE")]
    public async Task Secret_that_does_not_come_is_a_usage_error_that_says_how_to_give_it(string? secret, string command, string hint)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url) { Secret = secret };

        Assert.Equal(2, await kt.RunAsync(command.Split(' ')));
        Assert.Contains(hint, kt.Error, StringComparison.Ordinal);
        Assert.Empty(server.Received);
        Assert.False(File.Exists(kt.ConfigFile));
    }

    [Fact]
    public async Task Token_create_prints_the_secret_alone_on_stdout()
    {
        await using var server = new ReplayServer().On("POST /v1/keys", """{"key_id":"key_1","secret":"kt_live_s","key":{}}""", 201);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("auth", "token", "create", "--name", "ci", "--role", "viewer"));
        Assert.Equal("kt_live_s", kt.Out.Trim());
        Assert.Equal("""{"name":"ci","role":"viewer"}""", server.Requests.Single().Body);
    }

    [Fact]
    public async Task Export_jobs_schedule_takes_the_known_flags()
    {
        await using var server = new ReplayServer().On("POST /v1/exports/jobs", """
            {"job_id":"j1","name":"weekly-spend-forecast","cron":"0 6 * * MON","window":"7d","format":"json","s3_bucket":"finops-artifacts","s3_prefix":"ai-spend/weekly/","created_at":"2026-06-15T12:00:00Z","next_due_at":"2026-06-22T06:00:00Z","last_run":null}
            """, 201);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(
            "export-jobs", "schedule", "--name", "weekly-spend-forecast", "--cron", "0 6 * * MON", "--window", "7d", "--format", "json", "--s3-bucket",
            "finops-artifacts", "--s3-prefix", "ai-spend/weekly/"));
        Assert.Equal(
            """{"name":"weekly-spend-forecast","cron":"0 6 * * MON","window":"7d","format":"json","s3_bucket":"finops-artifacts","s3_prefix":"ai-spend/weekly/"}""",
            server.Requests.Single().Body);
        Assert.Contains("2026-06-22 06:00:00Z", kt.Out, StringComparison.Ordinal);
    }

    private const string DeadMessages = """
        {"messages":[{"id":"wallet-12","service":"wallet","queue":"wallet-usage-metered","message_id":"m1","message_type":"Platform.Contracts.Events:UsageMetered","failure_type":"System.InvalidOperationException","failure_message":"told to fail","state":"dead","failed_at":"2026-06-15T12:00:00Z","collected_at":"2026-06-15T12:00:01Z","ended_at":null,"ended_by":"","body":null}]}
        """;

    [Fact]
    public async Task Messages_dead_list_shows_the_queue_and_the_failure()
    {
        await using var server = new ReplayServer().On("GET /v1/messages/dead", DeadMessages);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("messages", "dead", "list"));
        var row = kt.Out.Split('\n').Single(line => line.Contains("wallet-12", StringComparison.Ordinal));
        Assert.Contains("System.InvalidOperationException: told to fail", row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_dead_replay_all_asks_for_each_that_waits()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/messages/dead", DeadMessages)
            .On("POST /v1/messages/dead/wallet-12/replay", """{"id":"wallet-12","state":"replayed"}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("messages", "dead", "replay", "--all"));
        Assert.Equal("wallet-12  replayed", kt.Out.Trim());
    }

    [Fact]
    public async Task Messages_dead_discard_all_leaves_none_out_whatever_the_number_of_pages()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/messages/dead", """{"messages":[{"id":"wallet-3"},{"id":"metering-9"}],"next_page_token":"wallet-3"}""")
            .On("GET /v1/messages/dead?page_token=wallet-3", """{"messages":[{"id":"wallet-2"}],"next_page_token":"wallet-2"}""")
            .On("GET /v1/messages/dead?page_token=wallet-2", """{"messages":[{"id":"wallet-1"}],"next_page_token":""}""");
        foreach (var id in new[] { "wallet-3", "metering-9", "wallet-2", "wallet-1" })
        {
            server.On($"POST /v1/messages/dead/{id}/discard", $$"""{"id":"{{id}}","state":"discarded"}""");
        }

        using var kt = new RunningKt(server.Url);
        Assert.Equal(0, await kt.RunAsync("messages", "dead", "discard", "--all"));
        Assert.Equal(
            ["wallet-1  discarded", "wallet-2  discarded", "metering-9  discarded", "wallet-3  discarded"], kt.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("4 of 4 messages", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_dead_list_says_that_there_is_more()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/messages/dead?state=dead&page_token=wallet-9", """{"messages":[{"id":"wallet-3"}],"next_page_token":"wallet-3.export-1"}""");
        using var kt = new RunningKt(server.Url);
        Assert.Equal(0, await kt.RunAsync("messages", "dead", "list", "--state", "dead", "--page", "wallet-9"));
        Assert.Contains("More: --page wallet-3.export-1", kt.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("messages", "dead", "replay")]
    [InlineData("messages", "dead", "discard", "wallet-1", "--all")]
    public async Task Messages_dead_decision_needs_either_ids_or_all(params string[] args)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync(args));
        Assert.Empty(server.Received);
    }

    private static string[] Cells(string line) => line.Trim().Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
