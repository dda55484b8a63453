using System.Text.Json;

namespace Platform.Cli.Tests;

/// <summary>What lists have in common: that there is nothing, in which currency money is, and one document where JSON is asked for.</summary>
public sealed class ListTests
{
    private const string NoWallet = """
        {"wallet_id":"wal_a","name":"A","currency":"USD","from":"2026-06-01T00:00:00Z","to":"2026-07-01T00:00:00Z","provisional":false,"opening":{"balance":0,"set_aside":0,"total":0,"overage":0},
        "in":{},"out":{},"overage":0,"repaid":0,"closing":{"balance":0,"set_aside":0,"total":0,"overage":0},"items":[],"items_left_out":0}
        """;

    private const string Sum = """{"p10":0,"p50":0,"p90":0,"growth":{"expected":0,"spent":0},"parts":[]}""";

    private const string Alert = """
        {"alert_id":"a1","title":"t","summary":"s","severity":"info","kind":"wallet_low","team_id":"","subject":"","figures":[],"period_from":null,"period_to":null,"occurred_at":"2026-06-01T00:00:00Z",
        "acknowledged_by":"","acknowledged_at":null,"acknowledged_note":"","deliveries":[]}
        """;

    private const string ImportCounts = """{"rows":2,"accepted":1,"unmapped":0,"unmapped_refused":0,"refused":0,"cost":12.5}""";

    [Theory]
    [InlineData("forecast plan list", "GET /v1/forecast/plan", """{"currency":"USD","items":[],"record_note":""}""")]
    [InlineData("routes limits", "GET /v1/routes/limits", """{"uses":[],"limits":[{}],"more":false}""")]
    [InlineData("wallets statement a --period 2026-06", "GET /v1/wallets/wal_a/statement", NoWallet)]
    [InlineData("alerts show a1", "GET /v1/alerts/a1", Alert)]
    [InlineData("wallets suspense list", "GET /v1/wallets/leases", """{"leases":[]}""")]
    [InlineData("forecast segments --by model", "GET /v1/forecast/segments", $$"""{"period_start":"2026-06-01T00:00:00Z","period_end":"2026-07-01T00:00:00Z","currency":"USD","teams":[],"segments":[],"total":{{Sum}},"notes":[]}""")]
    public async Task List_of_nothing_says_so(string command, string request, string answer)
    {
        await using var server = new ReplayServer().On("GET /v1/reconciliation/open-holds", "", mediaType: "application/x-ndjson").On(request, answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(command.Split(' ')));
        Assert.Equal("There is none.", kt.Error.Trim());
    }

    [Fact]
    public async Task Policy_without_limits_says_that_alone()
    {
        await using var server = new ReplayServer().On("GET /v1/routes/limits", """{"uses":[],"limits":[],"more":false}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("routes", "limits"));
        Assert.Equal("The policy has no limits: add some under `limits` and apply it (kt routes apply).", kt.Error.Trim());
    }

    [Theory]
    [InlineData("forecast list", "GET /v1/forecast/versions", """{"versions":[],"next_before":7}""", "More: --before 7")]
    [InlineData("forecast list", "GET /v1/forecast/versions", """{"versions":[],"next_before":null}""", "")]
    [InlineData("routes history", "GET /v1/routes/versions", """{"versions":[],"next_before":7}""", "More: --before 7")]
    [InlineData("routes history", "GET /v1/routes/versions", """{"versions":[]}""", "")]
    [InlineData("review list", "GET /v1/reviews?limit=52", """{"currency":"EUR","reviews":[],"reviews_total":60}""", "60 older ones are not shown: --limit shows up to 520, kt review --week has any.")]
    [InlineData("review list --limit 3", "GET /v1/reviews?limit=3", """{"currency":"EUR","reviews":[],"reviews_total":1}""", "1 older one is not shown: --limit shows up to 520, kt review --week has any.")]
    [InlineData("review list", "GET /v1/reviews?limit=52", """{"currency":"EUR","reviews":[]}""", "")]
    [InlineData("budgets history b", "GET /v1/budgets/b/history?limit=100", """{"crossings":[],"rates":[],"changes":[],"has_older":true}""", "Older ones are not shown: --limit shows up to 1,000 of each kind.")]
    [InlineData("budgets history b", "GET /v1/budgets/b/history?limit=100", """{"crossings":[],"rates":[],"changes":[],"has_older":false}""", "")]
    public async Task List_that_is_cut_says_so(string command, string request, string answer, string said)
    {
        await using var server = new ReplayServer().On(request, answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(command.Split(' ')));
        Assert.Equal(said, kt.Error.Replace("There is none.", "", StringComparison.Ordinal).Trim());
    }

    [Theory]
    [InlineData("periods list", "GET /v1/periods", """{"periods":[{"period":"2026-06","state":"open","time_zone":"UTC","currency":"EUR","cost":12.5,"calls":1,"late_cost":0.25,"unpriced_records":0}]}""", "booked EUR|of it late EUR")]
    [InlineData("periods close 2026-05 --dry-run", "GET /v1/periods", """{"periods":[{"period":"2026-05","state":"ended","time_zone":"UTC","currency":"EUR","cost":12.5,"calls":1,"late_cost":0.25,"unpriced_records":0}]}""", "booked EUR|of it late EUR")]
    [InlineData("imports list", "GET /v1/imports", $$"""{"imports":[{"import_id":"i","state":"finished","counts":{{ImportCounts}},"currency":"EUR"}],"next_page_token":""}""", "cost EUR")]
    // One that failed before it read anything has none.
    [InlineData("export-jobs runs", "GET /v1/exports/runs", """{"runs":[{"run_id":"r0","state":"failed","currency":"","cost":0,"files":[]},{"run_id":"r1","state":"completed","currency":"EUR","cost":12.5,"files":[]}],"next_page_token":""}""", "cost EUR")]
    [InlineData("periods list", "GET /v1/periods", """{"periods":[]}""", "booked")]
    [InlineData("wallets list", "GET /v1/wallets", """{"wallets":[{"wallet_id":"wal_a","status":"healthy","frozen":false,"currency":"EUR"}],"totals":{"wallets":1}}""", "available EUR|held EUR|in suspense EUR|total allocated EUR|total spent EUR|overage EUR")]
    [InlineData("caps list", "GET /v1/caps", """{"caps":[{"cap_id":"c","currency":"EUR"}]}""", "amount EUR|spent before EUR|used EUR|undrawn EUR|left EUR")]
    [InlineData("budgets list", "GET /v1/budgets", """{"budgets":[{"budget_id":"b","scope":{},"status":"warning","hard_limit":false,"snoozed_until":null,"spent_percent":null,"currency":"EUR"}]}""", "amount EUR|spent EUR|projected EUR")]
    [InlineData("usage list", "GET /v1/usage", """{"records":[{"attempt_id":"a","tokens":{},"cost":0.5,"currency":"EUR"}],"next_page_token":""}""", "cost EUR")]
    [InlineData("forecast list", "GET /v1/forecast/versions", """{"versions":[{"version":1,"currency":"EUR"}]}""", "P10 EUR|P50 EUR|P90 EUR")]
    [InlineData("review list", "GET /v1/reviews", """{"currency":"EUR","reviews":[{"week":"2026-W24","spend":12.5,"before":11,"recommendations":3}]}""", "spend EUR|week before EUR")]
    [InlineData("prices list", "GET /v1/model-pricing", """{"prices":[{"provider":"p","model":"m","currency":"EUR"}]}""", "currency")]
    [InlineData("prices show p m", "GET /v1/model-pricing", """{"prices":[{"provider":"p","model":"m","currency":"EUR","context_tiers":[]}]}""", "currency")]
    public async Task Columns_of_money_name_its_currency(string command, string request, string answer, string names)
    {
        await using var server = new ReplayServer().On(request, answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(command.Split(' ')));
        var heading = kt.Out.Split('\n').First(line => line.Contains(names.Split('|')[0], StringComparison.Ordinal)).Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.All(names.Split('|'), name => Assert.Contains(name, heading));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("a1", "")]
    [InlineData("a1", "l1")]
    [InlineData("a1,a2", "l1,l2")]
    public async Task Suspense_is_one_array_where_json_is_asked_for(string attempts, string leases)
    {
        static IEnumerable<string> Ids(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries);
        var holds = Ids(attempts).Select(id => $$"""{"attempt_id":"{{id}}","team_id":"a","state":"suspended","reserved":0.000100000}""").Append("""{"attempt_id":"sent","state":"sent","reserved":1}""");
        var held = Ids(leases).Select(id => $$"""{"lease_id":"{{id}}","team_id":"a","state":"suspended","reserved":0.250000000}""").Append("""{"lease_id":"open","state":"open","reserved":1}""");
        await using var server = new ReplayServer()
            .On("GET /v1/reconciliation/open-holds", string.Join('\n', holds), mediaType: "application/x-ndjson")
            .On("GET /v1/wallets/leases", $$"""{"leases":[{{string.Join(',', held)}}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("wallets", "suspense", "list", "-o", "json"));
        using var answer = JsonDocument.Parse(kt.Out);
        Assert.Equal([.. Ids(attempts), .. Ids(leases)], answer.RootElement.EnumerateArray().Select(item => (item.TryGetProperty("attempt_id", out var id) ? id : item.GetProperty("lease_id")).GetString()));
        Assert.Equal(attempts.Length > 0, kt.Out.Contains("0.000100000", StringComparison.Ordinal));
        Assert.Equal("", kt.Error);
    }

    [Fact]
    public async Task Spend_of_nothing_has_no_table_of_teams()
    {
        await using var server = new ReplayServer()
            .On("GET /v1/spend", """{"currency":"USD","from":"2026-06-01T00:00:00Z","to":"2026-06-15T00:00:00Z","group_by":["team","model"],"rows":[],"total":{"cost":0,"calls":0,"input_tokens":0,"output_tokens":0,"unpriced_calls":0,"adjustment":0}}""")
            .On("GET /v1/spend/run-rate", """{"month_to_date":0,"run_rate_days":0,"daily_run_rate":0,"last_hour":0,"last_day":0,"last_7_days":0,"month_projected":null}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("spend"));
        Assert.Single(kt.Out.Split('\n'), line => line.Trim().StartsWith("team ", StringComparison.Ordinal));
    }
}
