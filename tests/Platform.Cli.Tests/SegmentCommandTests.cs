using System.Text.Json;

namespace Platform.Cli.Tests;

public sealed class SegmentCommandTests
{
    private static readonly string Answer = With("0.0");

    [Fact]
    public async Task By_model_tells_what_each_costs_of_all_of_each_team_and_of_each_segment()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/segments?period=next_month&by_model=true", Answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "segments", "--period", "next_month", "--by", "model"));
        string[] Cells(string with) => kt.Out.Split('\n').First(line => line.Contains(with, StringComparison.Ordinal)).Trim().Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(["all", "openai", "gpt-4o", "590.00", "600.00", "620.00", "600.00", "5.00", "60.0 %"], Cells("all "));
        Assert.Equal(["support", "openai", "mini", "290.00", "300.00", "320.00", "300.00", "5.00", "100.0 %"], Cells("support"));
        Assert.Equal(["total", "990.00", "1,000.00", "1,020.00", "1,000.00", "5.00"], Cells("total"));
        Assert.Equal(["search", "chat", "–", "openai", "gpt-4o", "590.00", "600.00", "620.00", "600.00", "5.00", "85.7 %"], Cells("chat"));
    }

    [Theory]
    [InlineData("-2.5", "")]
    [InlineData("-2.5", "model")]
    [InlineData("0.0", "")]
    public async Task Money_that_is_of_no_segment_is_said_beside_them(string adjustment, string by)
    {
        await using var server = new ReplayServer().On($"GET /v1/forecast/segments{(by.Length > 0 ? "?by_model=true" : "")}", With(adjustment));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(["forecast", "segments", .. by.Length > 0 ? new[] { "--by", by } : []]));
        Assert.Equal(adjustment == "-2.5", kt.Out.Contains("in what teams and the total have spent: -2.50 USD of search, 2.50 USD of support.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("model")]
    public async Task How_far_a_year_is_told_is_said_below(string by)
    {
        await using var server = new ReplayServer().On(
            $"GET /v1/forecast/segments?period=next_year{(by.Length > 0 ? "&by_model=true" : "")}", Answer.TrimEnd()[..^1] + ""","notes":["Of 2027 the forecast has the months to 2027-06-30."]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync(["forecast", "segments", "--period", "next_year", .. by.Length > 0 ? new[] { "--by", by } : []]));
        Assert.EndsWith("Of 2027 the forecast has the months to 2027-06-30.\n", kt.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task By_model_is_the_apis_answer_for_machines_and_nothing_else_is_a_grouping()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/segments?team_id=search&by_model=true", Answer);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "segments", "--team", "search", "--by", "model", "-o", "json"));
        using var answer = JsonDocument.Parse(kt.Out);
        Assert.Equal("gpt-4o", answer.RootElement.GetProperty("total").GetProperty("parts")[0].GetProperty("model").GetString());
        Assert.Equal(2, await kt.RunAsync("forecast", "segments", "--by", "user"));
        Assert.Single(server.Requests);
    }

    private static string With(string adjustment) => $$"""
        {"currency":"USD","period_start":"2026-07-01T00:00:00Z","period_end":"2026-08-01T00:00:00Z",
         "total":{{Sum("", 1000, "0.0", Part("gpt-4o", 600), Part("mini", 400))}},
         "teams":[{{Sum("search", 700, adjustment, Part("gpt-4o", 600), Part("mini", 100))}},{{Sum("support", 300, adjustment.TrimStart('-'), Part("mini", 300))}}],
         "segments":[{"team_id":"search","workload":"chat","lane":"","basis":"own","calls_trend":{"middle":0.0},{{Figures(700)}},"growth":{{Growth(700)}},"parts":[{{Part("gpt-4o", 600)}},{{Part("mini", 100)}}]}]}
        """;

    private static string Sum(string team, int expected, string adjustment, params string[] parts) =>
        $$"""{"team_id":"{{team}}","adjustment":{{adjustment}},{{Figures(expected)}},"growth":{{Growth(expected)}},"parts":[{{string.Join(',', parts)}}]}""";

    private static string Part(string model, int expected) => $$"""{"provider":"openai","model":"{{model}}",{{Figures(expected)}},"spent":5.0,"expected":{{expected}}.0}""";

    private static string Figures(int middle) => $"\"p10\":{middle - 10}.0,\"p50\":{middle}.0,\"p90\":{middle + 20}.0";

    private static string Growth(int expected) => $$"""{"expected":{{expected}}.0,"spent":5.0,"level":0.0,"calls":0.0,"tokens_per_call":0.0,"price_per_token":0.0}""";
}
