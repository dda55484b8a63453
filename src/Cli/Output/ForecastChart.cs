using System.Text.Json;
using Platform.Contracts;

namespace Platform.Cli.Output;

/// <summary>A small chart of days for a terminal: what was spent, then the projection with its band. Bars share one scale.</summary>
internal static class ForecastChart
{
    private const int Width = 50;
    private const int ForecastDays = 14;

    /// <param name="history">Days with date and cost.</param>
    /// <param name="forecast">Days with date, p10, p50 and p90; the first fourteen are drawn.</param>
    public static IEnumerable<string> Draw(JsonElement history, JsonElement forecast)
    {
        var past = history.EnumerateArray().ToList();
        var ahead = forecast.EnumerateArray().Take(ForecastDays).ToList();
        var top = past.Select(day => Nanos(day, "cost")).Concat(ahead.Select(day => Nanos(day, "p90"))).DefaultIfEmpty(0).Max();
        if (top <= 0)
        {
            yield break;
        }

        foreach (var day in past)
        {
            yield return $"{day.Text("date")}  {new string('█', Length(Nanos(day, "cost"), top)).PadRight(Width)}  {day.Rough("cost")}";
        }

        foreach (var day in ahead)
        {
            yield return $"{day.Text("date")}  {Band(day, top)}  {day.Rough("p50")}  ({day.Rough("p10")} to {day.Rough("p90")})";
        }
    }

    // Light up to P10, medium up to P50, dotted up to P90.
    private static string Band(JsonElement day, long top)
    {
        var low = Length(Nanos(day, "p10"), top);
        var middle = Length(Nanos(day, "p50"), top);
        var high = Length(Nanos(day, "p90"), top);
        return (new string('▓', low) + new string('▒', Math.Max(0, middle - low)) + new string('░', Math.Max(0, high - middle))).PadRight(Width);
    }

    private static long Nanos(JsonElement day, string name) => (day.Amount(name) ?? Money.Zero).Nanos;

    private static int Length(long value, long top) => (int)Math.Clamp(Math.Round(value / (decimal)top * Width), 0, Width);
}
