namespace Platform.Cli.Tests;

public sealed class ForecastVersionCommandTests
{
    private const string Version = """
        {"version":7,"as_of":"2026-06-10T01:00:00Z","published_by":"forecast","reason":"daily","description":"","scenario_id":null,"engine":"1","seed":20260601,"time_zone":"UTC","currency":"USD","too_short":[],"month_end_p10":900.000000000,"month_end_p50":1000.000000000,"month_end_p90":1100.000000000}
        """;

    [Fact]
    public async Task Publish_sends_why_and_says_the_version_and_its_month_end()
    {
        await using var server = new ReplayServer().On("POST /v1/forecast/versions", Version);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "publish", "--description", "before the board"));
        Assert.Equal("""{"description":"before the board"}""", server.Requests.Single().Body);
        Assert.Equal("Version 7 is published: the month ends at P10 900.00, P50 1,000.00, P90 1,100.00 USD.", kt.Error.Trim());
    }

    [Theory]
    [InlineData("\"Finance\"", "Finance (key_01)")]
    [InlineData("\"forecast\"", "forecast (key_01)")]
    [InlineData("null", "key_01")]
    public async Task List_names_who_published(string name, string shown)
    {
        var version = Version.Replace("\"published_by\":\"forecast\"", $"\"published_by\":\"key_01\",\"published_by_name\":{name}", StringComparison.Ordinal);
        await using var server = new ReplayServer().On("GET /v1/forecast/versions", $$"""{"versions":[{{version}}],"next_before":null}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "list"));
        Assert.Equal(["7", "2026-06-10 01:00:00Z", "daily", shown, "900.00", "1,000.00", "1,100.00"], Row(kt, "7"));
    }

    [Fact]
    public async Task Compare_shows_what_moved_with_the_total_below()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/versions/compare?from=6&to=7&month=2026-07", $$"""
            {"from":{{Version.Replace(":7,", ":6,", StringComparison.Ordinal)}},"to":{{Version}},"month":"2026-07","total":{{Moved("", "total", 990, 1000)}},"differences":[{{Moved("team_support", "planned", 0, 10)}}]}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "compare", "6", "7", "--month", "2026-07"));
        Assert.Equal(["team_support", "planned", "0.00", "10.00", "10.00", "0.00", "0.00"], Row(kt, "team_support"));
        Assert.Equal(["total", "990.00", "1,000.00", "10.00", "0.00", "0.00"], Row(kt, "total"));
        Assert.Equal(2, await kt.RunAsync("forecast", "compare", "6"));
    }

    [Theory]
    [InlineData(-8, "-8.00 of the difference are credit notes and charges", true)]
    [InlineData(0, null, false)]
    [InlineData(null, "not known: one of the versions did not keep it", false)]
    public async Task Compare_tells_credit_notes_apart_from_demand(int? adjustment, string? said, bool hasColumn)
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/versions/compare?from=6&to=7", $$"""
            {"from":{{Version}},"to":{{Version}},"month":"2026-07","total":{{Moved("", "total", 1000, 990, adjustment)}},"differences":[{{Moved("team_support", "baseline", 1000, 990, adjustment)}}]}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "compare", "6", "7"));
        Assert.Equal(said is not null, kt.Out.Contains("credit notes", StringComparison.Ordinal));
        Assert.Contains(said ?? "Forecast of 2026-07", kt.Out, StringComparison.Ordinal);
        Assert.Equal(["team_support", "baseline", "1,000.00", "990.00", "-10.00", .. hasColumn ? ["-8.00"] : Array.Empty<string>(), "0.00", "0.00"], Row(kt, "team_support"));
        Assert.Equal(["total", "1,000.00", "990.00", "-10.00", .. hasColumn ? ["-8.00"] : Array.Empty<string>(), "0.00", "0.00"], Row(kt, "total"));
    }

    [Fact]
    public async Task Accuracy_shows_scores_beside_simple_rules_and_what_maturity_that_is()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/accuracy?team_id=team_support&since=90d", """
            {"team_id":"team_support","currency":"USD","versions":50,"versions_judged":46,"counted_through":"2026-07-25","late":0.000000000,
             "maturity":{"band":"run","variance":0.09,"targets":18,"sentence":"Totals of four weeks were off by 9.0 % in 18 forecasts: run (at most 12 %)."},
             "scores":[{"team_id":"team_support","layer":"total","kind":"days","lead":28,"targets":18,"actual":100.000000000,"forecast":95.000000000,"wape":0.09,"bias":-0.05,"pinball10":0.03,"pinball50":0.09,"pinball90":0.04,"pinball":0.053,"coverage80":0.83,"rules":[{"rule":"run_rate","wape":0.12,"bias":0,"pinball":0.12},{"rule":"seasonal_naive","wape":0.14,"bias":0,"pinball":0.14}]},
                       {"team_id":"team_support","layer":"resilience","kind":"day","lead":1,"targets":4,"actual":0.000000000,"forecast":0.000000000,"wape":null,"bias":null,"pinball10":null,"pinball50":null,"pinball90":null,"pinball":null,"coverage80":1,"rules":[]}],
             "teams":[],"notes":["A note."]}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "accuracy", "--team", "team_support", "--since", "90d"));
        Assert.Contains("46 of 50 versions can be judged, by days up to 2026-07-25", kt.Out, StringComparison.Ordinal);
        Assert.Contains("off by 9.0 % in 18 forecasts: run", kt.Out, StringComparison.Ordinal);
        Assert.Contains("A note.", kt.Out, StringComparison.Ordinal);
        Assert.Equal(["the next 28 days", "18", "100.00", "95.00", "9.0 %", "-5.0 %", "5.3 %", "83.0 %", "12.0 %", "14.0 %"], Row(kt, "the next 28 days"));
        Assert.Equal(["the day 1 ahead", "4", "0.00", "0.00", "–", "–", "–", "100.0 %", "–", "–"], Row(kt, "the day 1 ahead"));
    }

    private static string Moved(string team, string layer, int before, int after, int? adjustment = 0) => $$"""
        {"team_id":"{{team}}","before":{{Layer(layer, before)}},"after":{{Layer(layer, after)}},"difference":{{after - before}}.000000000,"adjustment":{{(adjustment is { } known ? $"{known}.000000000" : "null")}}}
        """;

    private static string Layer(string layer, int expected) =>
        $$"""{"layer":"{{layer}}","to_date":0.000000000,"expected":{{expected}}.000000000,"p10":0.000000000,"p50":0.000000000,"p90":0.000000000}""";

    private static string[] Row(RunningKt kt, string start) => kt.Out.Split('\n').Last(line => line.TrimStart().StartsWith(start, StringComparison.Ordinal))
        .Trim().Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
