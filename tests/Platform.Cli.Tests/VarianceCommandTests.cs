namespace Platform.Cli.Tests;

public sealed class VarianceCommandTests
{
    private const string Classes = """{"growth":12.000000000,"waste":0.000000000,"planned_investment":0.000000000,"control":-2.500000000,"unexplained":0.000000000}""";

    private const string Items = """
        [{"class":"growth","driver":"volume","subject":"","change":12.000000000,"before":null,"current":null,"sentence":"Calls a day went from 10 to 12 (+20.0 %).","evidence":[{"text":"calls","command":"kt spend --by workload --from 2026-06-01 --to 2026-06-08 --compare"}],"parts":[]},
        {"class":"control","driver":"routing","subject":"","change":-2.500000000,"before":0.000000000,"current":-2.500000000,"sentence":"Routing saved 2.50 USD against defaults, 0.00 USD before.","evidence":[],"parts":[]}]
        """;

    private static readonly string Sum = $$"""{"team_id":"","before":60.000000000,"current":69.500000000,"change":9.500000000,"classes":{{Classes}},"items":{{Items}}}""";

    [Fact]
    public async Task Variance_shows_teams_beside_each_other_and_every_item_with_its_sentence_and_evidence()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/variance?period=week&at=2026-06-03", Report($"{Team("a")},{Team("b")}"));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("variance", "--period", "week", "--at", "2026-06-03"));
        var lines = kt.Out.Split('\n').Select(line => string.Join(' ', line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.Contains("The organisation, 2026-06-01 to 2026-06-08, against 2026-05-25 to 2026-06-01 (ends exclusive), USD", lines);
        Assert.Contains("team_a 60.00 69.50 +9.50 +12.00 0.00 0.00 -2.50 0.00", lines);
        Assert.Contains("Growth: +12.00", lines);
        Assert.Contains("+12.00 Volume. Calls a day went from 10 to 12 (+20.0 %).", lines);
        Assert.Contains("kt spend --by workload --from 2026-06-01 --to 2026-06-08 --compare # calls", lines);
        Assert.Contains("-2.50 Routing. Routing saved 2.50 USD against defaults, 0.00 USD before.", lines);
        Assert.Contains("A note.", lines);
    }

    [Fact]
    public async Task Variance_of_one_team_is_told_by_itself()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/variance?team_id=team_a", Report(Team("a")));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("variance", "--team", "team_a"));
        Assert.StartsWith("team_a, 2026-06-01 to 2026-06-08, against", kt.Out, StringComparison.Ordinal);
        Assert.Contains("change  +9.50", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variance_names_the_days_of_its_zone()
    {
        await using var server = new ReplayServer().On(
            "GET /v1/forecast/variance?time_zone=Europe%2FBerlin",
            Report(Team("a")).Replace("\"UTC\"", "\"Europe/Berlin\"", StringComparison.Ordinal).Replace("2026-06-01T00:00:00Z", "2026-05-31T22:00:00Z", StringComparison.Ordinal)
                .Replace("2026-06-08T00:00:00Z", "2026-06-07T22:00:00Z", StringComparison.Ordinal).Replace("2026-05-25T00:00:00Z", "2026-05-24T22:00:00Z", StringComparison.Ordinal));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("variance", "--time-zone", "Europe/Berlin"));
        Assert.StartsWith("team_a, 2026-06-01 to 2026-06-08, against 2026-05-25 to 2026-06-01 (ends exclusive)", kt.Out, StringComparison.Ordinal);
    }

    private static string Team(string name) => Sum.Replace("\"team_id\":\"\"", $"\"team_id\":\"team_{name}\"", StringComparison.Ordinal);

    private static string Report(string teams) => $$"""
        {"currency":"USD","as_of":"2026-06-10T12:00:00Z","time_zone":"UTC","period":"week","before_start":"2026-05-25T00:00:00Z","before_end":"2026-06-01T00:00:00Z",
        "current_start":"2026-06-01T00:00:00Z","current_end":"2026-06-08T00:00:00Z","total":{{Sum}},"teams":[{{teams}}],"notes":["A note."]}
        """;
}
