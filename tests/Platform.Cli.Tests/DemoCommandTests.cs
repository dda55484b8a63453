using Platform.Cli.Demo;

namespace Platform.Cli.Tests;

/// <summary>What <c>kt demo</c> sends beside its history.</summary>
public sealed class DemoCommandTests
{
    private const string AllTaken = """{"accepted":0,"duplicates":0,"unpriced":0,"refused":0,"results":[]}""";

    private const string Allocate = "POST /v1/wallets/allocate";

    [Fact]
    public async Task Its_teams_that_nobody_has_funded_get_money_by_what_their_calls_of_a_month_cost_once_and_others_are_left_alone()
    {
        await using var server = Server("team_support,team_search,team_marketing").On("GET /v1/wallets", Wallets(
            Wallet("team_support", 7), Wallet("team_search", 0), Wallet("team_research", 0), Wallet("team_platform", 0, "overflow_to_parent"), Wallet("team_marketing", 0, "frozen"), Wallet("team_own", 0)));
        server.On(Allocate, "{}");
        server.AfterFirst(Allocate, "GET /v1/wallets", Wallets(Wallet("team_search", 20), Wallet("team_research", 300)));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("demo", "--days", "31"));
        var requests = server.Requests.Zip(server.Keys).Where(request => request.First.Request == Allocate).ToArray();
        Assert.Equal(
        [
            """{"team_id":"team_search","amount":5.60,"currency":"EUR","description":"kt demo: a budget"}""",
            """{"team_id":"team_research","amount":98.00,"currency":"EUR","description":"kt demo: a budget"}""",
        ], requests.Select(request => System.Text.RegularExpressions.Regex.Unescape(request.First.Body)));
        Assert.Equal(["kt-demo-team_search", "kt-demo-team_research"], requests.Select(request => request.Second));
        Assert.Contains("teams made      team_research, team_platform", kt.Out, StringComparison.Ordinal);
        Assert.Contains("funded          team_search 5.60, team_research 98.00, of the organisation's wallet", kt.Out, StringComparison.Ordinal);
        Assert.True(Array.FindLastIndex([.. server.Requests], request => request.Request == "POST /v1/spend/log") < Array.FindIndex([.. server.Requests], request => request.Request == Allocate));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(80, 140)]
    [InlineData(80.8, 150)]
    [InlineData(55_934_000_123, 98_000_000_000)]
    public void A_months_money_is_rounded_up_to_two_digits_of_whatever_currency(decimal cost, long funds) => Assert.Equal(funds, DemoFunding.OfMonth(cost).Nanos);

    [Fact]
    public async Task A_team_whose_calls_have_no_price_in_the_organisations_currency_gets_nothing()
    {
        await using var server = Server(AllTeams).On("GET /v1/wallets", Wallets(Wallet("team_search", 0), Wallet("team_platform", 0))).On(Allocate, "{}");
        server.AfterFirst(Allocate, "GET /v1/wallets", Wallets(Wallet("team_search", 20)));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("demo", "--days", "31"));
        Assert.Contains("\"team_search\"", Assert.Single(server.Requests, request => request.Request == Allocate).Body, StringComparison.Ordinal);
        Assert.Contains("funded          team_search 5.60, of the organisation's wallet; not team_platform: no call of theirs has a price in EUR", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_teams_are_found_on_whichever_page_of_the_teams_they_are()
    {
        const string First = "GET /v1/wallets?scope=team&page_size=1000";
        await using var server = Server(AllTeams).On(First, Wallets(Wallet("team_other", 0))[..^1] + ",\"next_page_token\":\"n\"}")
            .On($"{First}&page_token=n", Wallets(Wallet("team_search", 0))).On(Allocate, "{}");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("demo", "--days", "7"));
        Assert.Contains("\"team_search\"", Assert.Single(server.Requests, request => request.Request == Allocate).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", 200)]
    [InlineData("""{"detail":"Another request had this key.","reason":"IDEMPOTENCY_CONFLICT"}""", 409)]
    public async Task What_a_team_had_and_gave_back_is_not_given_again_whatever_its_calls_cost_by_now(string answer, int status)
    {
        await using var server = Server(AllTeams).On("GET /v1/wallets", Wallets(Wallet("team_search", 0))).On(Allocate, answer, status, status == 200 ? "application/json" : "application/problem+json");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("demo", "--days", "7"));
        Assert.Contains("funded          not again team_search: it was taken back", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_organisation_has_not_enough_the_history_is_made_all_the_same()
    {
        await using var server = Server("").On("GET /v1/wallets", Wallets(Wallet("team_support", 0), Wallet("team_search", 0)));
        server.On(Allocate, """{"detail":"There are only 5.00.","reason":"INSUFFICIENT_FUNDS"}""", 409, "application/problem+json");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("demo", "--days", "31"));
        Assert.Single(server.Requests, request => request.Request == Allocate);
        Assert.Equal(5, server.Requests.Count(request => request.Request == "POST /v1/teams"));
        Assert.Contains(server.Requests, request => request.Request == "POST /v1/spend/log");
        Assert.Contains("funded          not team_support 29.00, team_search 5.60: the organisation has not enough", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_all_are_funded_it_moves_no_money()
    {
        await using var server = Server(AllTeams).On("GET /v1/wallets", Wallets(Wallet("team_support", 7), Wallet("team_search", 7)));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("demo", "--days", "7"));
        Assert.DoesNotContain(server.Requests, request => request.Request.StartsWith("POST /v1/wallets", StringComparison.Ordinal));
        Assert.DoesNotContain("funded", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_wants_no_money_moved_says_so_and_help_says_that_it_is_moved_otherwise()
    {
        await using var server = Server("").On("GET /v1/wallets", Wallets(Wallet("team_support", 0)));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("demo", "--days", "7", "--no-funds"));
        Assert.Equal(5, server.Requests.Count(request => request.Request == "POST /v1/teams"));
        Assert.DoesNotContain(server.Requests, request => request.Request.Contains("/v1/wallets", StringComparison.Ordinal));
        Assert.Contains("funded          none, by --no-funds", kt.Out, StringComparison.Ordinal);

        Assert.Equal(0, await kt.RunAsync("demo", "--help"));
        Assert.Contains("gets what its calls of seven weeks cost, of the organisation's wallet, but with --no-funds.", string.Join(' ', kt.Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10_000, 5_000_000, true)]
    [InlineData(10_001, 0, false)]
    public async Task Beside_an_organisation_that_is_used_it_makes_nothing_unless_it_is_forced(int real, int made, bool isMade)
    {
        await using var server = Server(AllTeams).On("GET /v1/wallets", Wallets()).On("GET /v1/spend?group_by=team%2Cfunding&since=400d", $$"""
            {"rows":[{"team":"team_search","funding":"history","calls":{{made}}},{"team":"team_search","funding":"leased","calls":{{real - 2_000}}},{"team":"team_own","funding":"history","calls":2000}]}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(isMade ? 0 : 1, await kt.RunAsync("demo", "--days", "7"));
        Assert.Equal(isMade, server.Requests.Any(request => request.Request.StartsWith("POST ", StringComparison.Ordinal)));
        Assert.Equal(!isMade, kt.Error.Contains("10,001 calls of the last 400 days that are no demo's", StringComparison.Ordinal));

        Assert.Equal(0, await kt.RunAsync("demo", "--days", "7", "--force"));
        Assert.Contains(server.Requests, request => request.Request == "POST /v1/spend/log");
    }

    private const string AllTeams = "team_support,team_search,team_research,team_platform,team_marketing";

    private static string Wallets(params string[] wallets) => $$"""{"wallets":[{{string.Join(',', wallets)}}]}""";

    private static string Wallet(string teamId, long balance, string? policy = null) => $$"""
        {"scope":"team","team_id":"{{teamId}}","balance":{{balance}}.00,"reserved":0,"suspense":0,"total_allocated":{{balance}}.00,"total_spent":0,"overage":0,"{{policy ?? "plain"}}":true}
        """;

    private static ReplayServer Server(string teams) => new ReplayServer()
        .On("GET /v1/teams", $$"""{"teams":[{{string.Join(',', teams.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(team => $$"""{"team_id":"{{team}}"}"""))}}]}""")
        .On("POST /v1/teams", "{}").On("POST /v1/spend/log", AllTaken)
        .On("GET /v1/spend?group_by=team%2Cfunding&since=400d", """{"rows":[]}""").On("GET /v1/spend", """
            {"currency":"EUR","rows":[{"team":"team_support","cost":16.200000001},{"team":"team_search","cost":3.166},{"team":"team_research","cost":55.934},{"team":"team_platform","cost":0}]}
            """);
}
