using System.Text.Json;
using Platform.Cli.Output;

namespace Platform.Cli.Tests;

public class ForecastChartTests
{
    private const string Spent = """[{"date":"2026-06-13","cost":20.0},{"date":"2026-06-14","cost":-1.0},{"date":"2026-06-15","cost":10.0}]""";

    [Fact]
    public void Today_is_one_line_with_the_whole_day_and_what_it_has_spent()
    {
        string[] lines = Draw(Spent, """[{"date":"2026-06-15","p10":20.0,"p50":30.0,"p90":50.0},{"date":"2026-06-16","p10":10.0,"p50":20.0,"p90":25.0}]""");

        Assert.Equal(
        [
            $"2026-06-13  {Bar('█', 20)}  20.00",
            $"2026-06-14  {Bar('█', 0)}  -1.00",
            $"2026-06-15  {new string('█', 10)}{new string('▓', 10)}{new string('▒', 10)}{new string('░', 20)}  30.00  (20.00 to 50.00), 10.00 so far",
            $"2026-06-16  {(new string('▓', 10) + new string('▒', 10) + new string('░', 5)).PadRight(50)}  20.00  (10.00 to 25.00)",
        ], lines);
    }

    [Fact]
    public void Without_a_projection_today_is_what_it_has_spent() =>
        Assert.Equal([$"2026-06-13  {Bar('█', 50)}  20.00", $"2026-06-14  {Bar('█', 0)}  -1.00", $"2026-06-15  {Bar('█', 25)}  10.00"], Draw(Spent, "[]"));

    [Fact]
    public void Nothing_is_drawn_of_days_that_cost_nothing() =>
        Assert.Empty(Draw("""[{"date":"2026-06-15","cost":0.0}]""", """[{"date":"2026-06-15","p10":0.0,"p50":0.0,"p90":0.0}]"""));

    private static string Bar(char fill, int length) => new string(fill, length).PadRight(50);

    private static string[] Draw(string history, string forecast) => [.. ForecastChart.Draw(JsonElement.Parse(history), JsonElement.Parse(forecast))];
}
