namespace Platform.Cli.Tests;

public sealed class ForecastTeamsCommandTests
{
    private static readonly string Answer = $$"""
        {"currency":"USD","as_of":"2026-06-10T15:20:00Z","period_start":"2026-05-31T22:00:00Z","period_end":"2026-06-30T22:00:00Z","total":{{Ready("", 4000, null)}},
         "teams":[{{Young("team_a")}},{{Ready("team_b", 1000, "2026-06-20T22:30:00Z")}},{{Young("team_c")}},{{Ready("team_d", 3000, null)}}]}
        """;

    [Fact]
    public async Task Teams_stand_by_what_their_month_ends_at_with_the_total_below_and_days_of_the_zone()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/teams?time_zone=Europe%2FBerlin", Answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "teams", "--time-zone", "Europe/Berlin"));
        Assert.StartsWith("Forecast of every team, 2026-06-01 to 2026-07-01 (exclusive), USD", kt.Out, StringComparison.Ordinal);
        Assert.Equal(["team_d", "team_b", "team_a", "team_c"], kt.Out.Split('\n').Select(line => line.TrimStart()).Where(line => line.StartsWith("team_", StringComparison.Ordinal)).Select(line => line[..6]));
        Assert.Equal(["team_b", "12.00", "1.50", "1,000.00", "1,000.00", "1,000.00", "70.00", "2026-06-21", "2026-06-21"], Row(kt, "team_b"));
        Assert.Equal(["team_a", "5.00", "0.50", "–", "–", "–", "0.00", "–", "–"], Row(kt, "team_a"));
        Assert.Equal(["total", "12.00", "1.50", "4,000.00", "4,000.00", "4,000.00", "70.00", "> 12 months", "> 12 months"], Row(kt, "total"));
        Assert.Contains("No projection yet of team_a, team_c: There are 3 full days with usage.", kt.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "–")]
    [InlineData("2026-06-10T15:20:00Z", "2026-06-10")]
    public async Task Of_money_that_is_not_there_it_is_not_said_that_it_lasts(string? empty, string shown)
    {
        var answer = Answer.Replace(Ready("team_d", 3000, null), Ready("team_d", 3000, empty).Replace("70.000000000", "0.000000000", StringComparison.Ordinal), StringComparison.Ordinal);
        await using var server = new ReplayServer().On("GET /v1/forecast/teams", answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "teams"));
        Assert.Equal(["team_d", "12.00", "1.50", "3,000.00", "3,000.00", "3,000.00", "0.00", shown, shown], Row(kt, "team_d"));
    }

    /// <summary>Its calls fail until the zone is there, which is worse than to be likely to be reached.</summary>
    [Fact]
    public async Task A_cap_whose_period_is_not_known_is_told_with_why()
    {
        const string cap = "\"caps\":[{\"cap_id\":\"cap_z\",\"early\":null,\"reached\":null,\"note\":\"Its zone is not known.\"}]";
        var team = Ready("team_d", 3000, null);
        var answer = Answer.Replace(team, $"{team.TrimEnd()[..^1]},{cap}}}", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("GET /v1/forecast/teams", answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "teams"));
        Assert.Contains("team_d, cap cap_z: Its zone is not known.\n", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wallets_that_only_observe_are_named_below()
    {
        var team = Ready("team_d", 3000, "2026-06-20T22:30:00Z");
        var answer = Answer.Replace(Ready("team_d", 3000, null), $"{team.TrimEnd()[..^1]},\"observing_note\":\"Its wallet only observes.\"}}", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("GET /v1/forecast/teams", answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "teams"));
        Assert.Contains("\nteam_d: Its wallet only observes.\n", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_the_answer_as_it_came()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/teams", Answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "teams", "-o", "json"));
        using var shown = System.Text.Json.JsonDocument.Parse(kt.Out);
        Assert.Equal("team_a", shown.RootElement.GetProperty("teams")[0].GetProperty("team_id").GetString());
    }

    private static string Ready(string team, int end, string? empty) => $$"""
        {"team_id":"{{team}}","status":"ready","explanation":"","month_to_date":12.000000000,"daily_run_rate":1.500000000,"month_end_p10":{{end}}.000000000,"month_end_p50":{{end}}.000000000,"month_end_p90":{{end}}.000000000,"wallet_exhausted_at":{{(empty is null ? "null" : $"\"{empty}\"")}},"wallet_exhausted_early_at":{{(empty is null ? "null" : $"\"{empty}\"")}},"wallet_available":70.000000000,"history_days":40}
        """;

    private static string Young(string team) => $$"""
        {"team_id":"{{team}}","status":"history_too_short","explanation":"There are 3 full days with usage.","month_to_date":5.000000000,"daily_run_rate":0.500000000,"month_end_p10":null,"month_end_p50":null,"month_end_p90":null,"wallet_exhausted_at":null,"wallet_exhausted_early_at":null,"wallet_available":0.000000000,"history_days":3}
        """;

    private static string[] Row(RunningKt kt, string start) => kt.Out.Split('\n').Single(line => line.TrimStart().StartsWith(start, StringComparison.Ordinal))
        .Trim().Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
