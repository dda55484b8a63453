namespace Platform.Cli.Tests;

/// <summary>What <c>kt demo</c> sends beside its history.</summary>
public sealed class DemoCommandTests
{
    private const string AllTaken = """{"accepted":0,"duplicates":0,"unpriced":0,"refused":0,"results":[]}""";

    [Fact]
    public async Task Teams_that_it_makes_are_funded_and_others_are_left_alone()
    {
        await using var server = Server("""{"teams":[{"team_id":"team_support"},{"team_id":"team_search"}]}""");
        server.On("POST /v1/wallets/allocate", "{}");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("demo", "--days", "7"));
        var allocated = server.Requests.Where(request => request.Request == "POST /v1/wallets/allocate").Select(request => request.Body).ToArray();
        Assert.Equal(
        [
            """{"team_id":"team_research","amount":300.00,"currency":"EUR","description":"kt demo: a month's budget"}""",
            """{"team_id":"team_platform","amount":100.00,"currency":"EUR","description":"kt demo: a month's budget"}""",
            """{"team_id":"team_marketing","amount":35.00,"currency":"EUR","description":"kt demo: a month's budget"}""",
        ], allocated.Select(System.Text.RegularExpressions.Regex.Unescape));
        Assert.Contains("funded          team_research 300, team_platform 100, team_marketing 35, of the organisation's wallet", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_organisation_has_not_enough_the_history_is_made_all_the_same()
    {
        await using var server = Server("""{"teams":[]}""");
        server.On("POST /v1/wallets/allocate", """{"detail":"There are only 5.00.","reason":"INSUFFICIENT_FUNDS"}""", 409, "application/problem+json");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("demo", "--days", "7"));
        Assert.Single(server.Requests, request => request.Request == "POST /v1/wallets/allocate");
        Assert.Equal(5, server.Requests.Count(request => request.Request == "POST /v1/teams"));
        Assert.Contains(server.Requests, request => request.Request == "POST /v1/spend/log");
        Assert.Contains("funded          none: the organisation has not enough", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_it_makes_no_team_it_moves_no_money()
    {
        await using var server = Server("""{"teams":[{"team_id":"team_support"},{"team_id":"team_search"},{"team_id":"team_research"},{"team_id":"team_platform"},{"team_id":"team_marketing"}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("demo", "--days", "7"));
        Assert.DoesNotContain(server.Requests, request => request.Request.StartsWith("POST /v1/wallets", StringComparison.Ordinal));
        Assert.DoesNotContain("funded", kt.Out, StringComparison.Ordinal);
    }

    private static ReplayServer Server(string teams) => new ReplayServer()
        .On("GET /v1/teams", teams).On("GET /v1/whoami", """{"currency":"EUR"}""").On("POST /v1/teams", "{}").On("POST /v1/spend/log", AllTaken);
}
