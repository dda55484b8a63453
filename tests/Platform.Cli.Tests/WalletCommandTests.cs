namespace Platform.Cli.Tests;

public sealed class WalletCommandTests
{
    private const string Transfer = """
        {"transfer_id":"t1","kind":"reclaim","wallet_id":"wal_a.user.ann","amount":0.100000000,"currency":"USD","balance_before":0.300000000,"balance_after":0.200000000}
        """;

    [Theory]
    [InlineData("allocate --team a --user ann --amount 5", "allocate", """{"team_id":"a","user_id":"ann","amount":5.00,"currency":"USD"}""")]
    [InlineData(
        "allocate --team a --amount 5 --ends-at 2026-07-01 --at-end return --time-zone Europe/Berlin", "allocate",
        """{"team_id":"a","amount":5.00,"currency":"USD","ends_at":"2026-07-01","at_end":"return","time_zone":"Europe/Berlin"}""")]
    [InlineData("reclaim --team a --application bot --amount 0.1 --description x", "reclaim", """{"team_id":"a","application_id":"bot","amount":0.10,"currency":"USD","description":"x"}""")]
    [InlineData("transfer --from a --to wal_b.user.ben --amount 2", "transfer", """{"from_wallet_id":"wal_a","to_wallet_id":"wal_b.user.ben","amount":2.00,"currency":"USD"}""")]
    [InlineData("correct t0 --description mistake", "correct", """{"transfer_id":"t0","description":"mistake"}""")]
    public async Task Movement_of_money_is_sent_as_it_was_written(string command, string route, string body)
    {
        await using var server = new ReplayServer().On($"POST /v1/wallets/{route}", Transfer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(["wallets", .. command.Split(' ')]));
        Assert.Equal(body, server.Requests.Single().Body);
        Assert.Equal(
            """
            wallet     wal_a.user.ann
            reclaim    0.10 USD
            available  0.30 → 0.20
            transfer   t1
            """,
            kt.Out.Trim());
    }

    [Theory]
    [InlineData("wallets credit --amount 5", "POST /v1/wallets/credit", "EUR")]
    [InlineData("wallets allocate --team a --amount 5", "POST /v1/wallets/allocate", "EUR")]
    [InlineData("wallets allocate --team a --amount 5 --currency CHF", "POST /v1/wallets/allocate", "CHF")]
    [InlineData("wallets allocations plan --team a --amount 5", "POST /v1/wallets/allocations", "EUR")]
    [InlineData("caps set --team a --period day --amount 5", "POST /v1/caps", "EUR")]
    [InlineData("budgets set b --period day --amount 5", "POST /v1/budgets", "EUR")]
    [InlineData("auth token create --name n --team a --monthly-limit 5", "POST /v1/keys", "EUR")]
    public async Task Amount_without_a_currency_is_in_the_organisations(string command, string request, string currency)
    {
        await using var server = new ReplayServer().On("GET /v1/whoami", """{"currency":"EUR"}""").On(request, """{"detail":"No.","reason":"CURRENCY_MISMATCH"}""", 400, "application/problem+json");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync(command.Split(' ')));
        Assert.Contains($"\"currency\":\"{currency}\"", server.Requests.Single(sent => sent.Request == request).Body, StringComparison.Ordinal);
        Assert.Contains("Leave --currency out, or give the organisation's: kt auth whoami says which it is.", kt.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reclaim --amount 5")]
    [InlineData("reclaim --team a --amount 0")]
    [InlineData("transfer --from a --amount 5")]
    [InlineData("allocate --team a --amount 5 --ends-at 2026-07-01 --at-end burn")]
    [InlineData("allocations plan --team a --amount 5 --at-end burn")]
    [InlineData("correct")]
    [InlineData("statement a")]
    [InlineData("statement a --from 2026-06-01")]
    [InlineData("statement a --to 2026-06-01")]
    [InlineData("statement a --period 2026-06 --from 2026-06-01")]
    [InlineData("statement a --period 2026-06 --from 2026-06-01 --to 2026-06-02")]
    [InlineData("show")]
    public async Task Command_that_makes_no_sense_is_a_usage_error_and_sends_nothing(string command)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync(["wallets", .. command.Split(' ')]));
        Assert.Empty(server.Received);
    }

    [Theory]
    [InlineData("0.000000000", "0.000000000", "Not funded")]
    [InlineData("5.000000000", "5.000000000", "Depleted")]
    public async Task Wallet_that_nobody_funded_did_not_run_out(string allocated, string spent, string status)
    {
        await using var server = new ReplayServer().On("GET /v1/wallets", $$"""
            {"wallets":[{"wallet_id":"wal_a","scope":"team","name":"A","balance":0.000000000,"reserved":0.000000000,"suspense":0.000000000,"total_allocated":{{allocated}},"total_spent":{{spent}},"overage":0.000000000,"status":"depleted","frozen":true}],"totals":{"wallets":1,"balance":0,"reserved":0,"suspense":0,"total_spent":0,"overage":0} }
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "list"));
        Assert.Contains($" {status}, FROZEN", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_tells_how_long_the_money_lasts_and_what_is_planned()
    {
        await using var server = new ReplayServer().On("GET /v1/wallets/wal_a", """
            {"wallet":{"wallet_id":"wal_a","scope":"team","team_id":"a","user_id":"","application_id":"","parent_id":"wal_organisation","name":"Team A","currency":"USD","balance":70.000000000,"reserved":1.500000000,"suspense":0.000000000,"total_allocated":100.000000000,"moved_out":8.000000000,"total_spent":20.500000000,"overage":0.000000000,"status":"healthy","frozen":true,"observe":false,"overflow_to_parent":true,"empty_wait_seconds":5,"low_percents":[50,20]},
            "burn_rate":{"last_day":1.000000000,"last_7_days":14.000000000,"last_30_days":20.500000000,"daily":2.000000000,"outlook":"projected","depletes_at":"2026-07-20T12:00:00Z"},
            "planned":[{"allocation_id":"x","amount":50.000000000,"due_at":"2026-07-01T00:00:00Z","waiting":false}]}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "show", "a"));
        Assert.Equal(
            """
            wallet              wal_a (Team A, team)
            status              Healthy, FROZEN
            available           70.00 USD
            held                1.50
            in suspense         0.00
            total allocated     100.00, 8.00 of it moved to wallets below
            total spent         20.50
            overage             0.00
            overflow to parent  on
            waits when empty    5 s
            low at              50 %, 20 %
            burn rate           2.00 a day (1.00 in the last day, 14.00 in 7, 20.50 in 30)
            lasts               until 2026-07-20 12:00:00Z at this rate
            futures             kt forecast --layers --team a
            planned             50.00 on 2026-07-01 00:00:00Z
            """,
            kt.Out.Trim());
    }

    [Fact]
    public async Task Show_of_a_wallet_above_others_tells_how_long_all_of_them_last_too()
    {
        await using var server = new ReplayServer().On("GET /v1/wallets/wal_organisation", """
            {"wallet":{"wallet_id":"wal_organisation","scope":"organisation","team_id":"","user_id":"","application_id":"","parent_id":"","name":"Organisation","currency":"USD","balance":900.000000000,"reserved":0.000000000,"suspense":0.000000000,"total_allocated":1000.000000000,"moved_out":100.000000000,"total_spent":0.000000000,"overage":0.000000000,"status":"healthy","frozen":false,"observe":false,"overflow_to_parent":false,"empty_wait_seconds":0,"low_percents":[]},
            "burn_rate":{"last_day":0.000000000,"last_7_days":0.000000000,"last_30_days":0.000000000,"daily":0.000000000,"outlook":"not_at_this_rate","depletes_at":null},
            "tree_burn_rate":{"last_day":1.000000000,"last_7_days":14.000000000,"last_30_days":20.500000000,"daily":2.000000000,"outlook":"projected","depletes_at":"2026-07-20T12:00:00Z"},
            "planned":[]}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "show", "wal_organisation"));
        Assert.EndsWith(
            """
            low at              none
            its own burn rate   0.00 a day (0.00 in the last day, 0.00 in 7, 0.00 in 30)
            its own lasts       not running out at this rate
            with all below      2.00 a day (1.00 in the last day, 14.00 in 7, 20.50 in 30)
            all lasts           until 2026-07-20 12:00:00Z at this rate
            """,
            kt.Out.Trim());
    }

    [Fact]
    public async Task Statement_shows_what_came_in_and_went_out_and_leaves_lines_of_nothing_out()
    {
        await using var server = new ReplayServer().On("GET /v1/wallets/wal_a/statement?period=2026-06&time_zone=Europe%2FBerlin", """
            {"wallet_id":"wal_a","name":"Team A","currency":"USD","period":"2026-06","from":"2026-05-31T22:00:00Z","to":"2026-06-30T22:00:00Z","time_zone":"Europe/Berlin","provisional":true,
            "opening":{"balance":10.000000000,"set_aside":2.000000000,"total":12.000000000,"overage":0.000000000},
            "in":{"top_ups":0.000000000,"allocations":100.000000000,"reclaims":0.000000000,"transfers":0.000000000,"corrections":0.000000000,"expiries":0.000000000,"refunds":0.000000100,"total":100.000000100},
            "out":{"allocations":0.000000000,"reclaims":20.000000000,"transfers":0.000000000,"corrections":0.000000000,"expiries":0.000000000,"spent":30.500000100,"total":50.500000100},
            "overage":0.000000000,"repaid":0.000000000,
            "closing":{"balance":61.500000000,"set_aside":0.000000000,"total":61.500000000,"overage":0.000000000},
            "items":[{"transfer_id":"t1","kind":"allocation","amount":100.000000000,"from_account":"wal_organisation:available","to_account":"wal_a:available","balance_after":110.000000000,"actor":"key_1","description":"June","attempt_id":"","overflow":false,"observed":false,"recorded_at":"2026-06-01T00:00:00Z"}],
            "items_left_out":11001}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "statement", "a", "--period", "2026-06", "--time-zone", "Europe/Berlin"));
        var lines = kt.Out.Split('\n').Select(line => line.TrimEnd()).ToList();
        Assert.Equal(
            [
                "Team A (wal_a), 2026-05-31 22:00:00Z to 2026-06-30 22:00:00Z (exclusive), USD, provisional",
                "opening        12.00 = 10.00 available + 2.00 held or in suspense",
                "+ allocations  100.00",
                "+ refunds      0.0000001",
                "- reclaims     20.00",
                "- spent        30.5000001",
                "closing        61.50 = 61.50 available + 0.00 held or in suspense",
            ],
            lines.Take(7));
        Assert.Contains(lines, line => line.Contains("June", StringComparison.Ordinal) && line.Contains("wal_organisation:available", StringComparison.Ordinal));
        Assert.DoesNotContain("transactions", kt.Out, StringComparison.Ordinal);
        Assert.Contains("11,001 later ones are not shown. All of this span: kt wallets transactions wal_a --from 2026-05-31T22:00:00Z --to 2026-06-30T22:00:00Z --csv", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Transactions_as_csv_are_the_apis_own_bytes()
    {
        const string Csv = "transfer_id,description\r\nt1,\"a, \"\"b\"\"\"\r\n";
        await using var server = new ReplayServer().On("GET /v1/wallets/wal_a/transactions?kind=allocation&from=2026-06-01&format=csv", Csv, mediaType: "text/csv");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "transactions", "a", "--kind", "allocation", "--from", "2026-06-01", "--csv"));
        Assert.Equal(Csv, kt.Out);
    }

    [Fact]
    public async Task Transactions_of_a_key_say_whether_it_has_credited()
    {
        await using var server = new ReplayServer().On("GET /v1/wallets/wal_organisation/transactions?idempotency_key=invoice%2017&page_size=50", """
            {"transactions":[{"transfer_id":"t1","kind":"top_up","amount":50.000000000,"from_account":"wal_organisation:funding","to_account":"wal_organisation:available","balance_after":50.000000000,"actor":"key_1","description":"June","attempt_id":"","idempotency_key":"invoice 17","recorded_at":"2026-06-01T00:00:00Z"}],"next_page_token":""}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "transactions", "wal_organisation", "--idempotency-key", "invoice 17"));
        Assert.Contains("50.00", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Allocations_are_planned_listed_and_cancelled()
    {
        const string Allocation = """
            {"allocation_id":"al1","wallet_id":"wal_a","amount":100.000000000,"currency":"USD","recurrence":"monthly","time_zone":"UTC","starts_at":"2026-06-01T00:00:00Z","ends_at":null,"at_end":"roll_over","state":"waiting","due_at":"2026-07-01T00:00:00Z","waiting_since":"2026-07-01T00:00:01Z","missing":5.000000000,"description":"Budget","actor":"key_1","created_at":"2026-06-01T00:00:00Z","periods":[{"starts_at":"2026-06-01T00:00:00Z","ends_at":"2026-07-01T00:00:00Z","amount":100.000000000,"remaining":40.000000000,"returned":0.000000000,"state":"running"}]}
            """;
        await using var server = new ReplayServer()
            .On("POST /v1/wallets/allocations", Allocation, 201)
            .On("GET /v1/wallets/allocations?wallet_id=wal_a&page_size=1000", $$"""{"allocations":[{{Allocation}}],"next_page_token":"al1"}""")
            .On("GET /v1/wallets/allocations?wallet_id=wal_a&page_size=1000&page_token=al1", $$"""{"allocations":[{{Allocation.Replace("al1", "al2", StringComparison.Ordinal)}}],"next_page_token":""}""")
            .On("GET /v1/wallets/allocations?wallet_id=wal_a&page_token=al1", """{"allocations":[],"next_page_token":"al3"}""")
            .On("DELETE /v1/wallets/allocations/al1", Allocation);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "allocations", "plan", "--team", "a", "--amount", "100", "--monthly", "--at-end", "roll_over"));
        Assert.Equal("""{"team_id":"a","amount":100.00,"currency":"USD","recurrence":"monthly","at_end":"roll_over"}""", server.Requests.Last().Body);
        Assert.Equal(0, await kt.RunAsync("wallets", "allocations", "list", "--wallet", "a"));
        Assert.Contains("al2", kt.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("More", kt.Error, StringComparison.Ordinal);
        var row = kt.Out.Split('\n').Single(line => line.Contains("al1", StringComparison.Ordinal));
        Assert.Equal(
            ["al1", "wal_a", "100.00", "monthly", "waiting, 5.00 missing", "2026-07-01 00:00:00Z", "Roll over", "40.00", "2026-07-01 00:00:00Z", "Budget"],
            row.Trim().Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.Equal(0, await kt.RunAsync("wallets", "allocations", "list", "--wallet", "a", "--page", "al1"));
        Assert.Contains("More: --page al3", kt.Error, StringComparison.Ordinal);
        Assert.Equal(0, await kt.RunAsync("wallets", "allocations", "cancel", "al1"));
    }
}
