using System.Text.Json;
using Platform.Contracts;

namespace Platform.Cli.Output;

/// <summary>A small chart of days for a terminal: what was spent, then the projection with its band, today in one line with what it has spent so far. Bars share one scale.</summary>
internal static class ForecastChart
{
    private const int Width = 50;
    private const int ForecastDays = 14;

    /// <param name="history">Days with date and cost; the last one is today, as far as it has come.</param>
    /// <param name="forecast">Days with date, p10, p50 and p90, today, the whole of it, first; the first fourteen are drawn. None while there is no projection.</param>
    public static IEnumerable<string> Draw(JsonElement history, JsonElement forecast)
    {
        var ahead = forecast.EnumerateArray().Take(ForecastDays).ToList();
        var dates = ahead.Select(day => day.Text("date")).ToHashSet();
        var days = history.EnumerateArray().ToLookup(day => dates.Contains(day.Text("date")));
        var (past, begun) = (days[false].ToList(), days[true].ToDictionary(day => day.Text("date")));
        var top = past.Select(day => Nanos(day, "cost")).Concat(ahead.Select(day => Nanos(day, "p90"))).DefaultIfEmpty(0).Max();
        if (top <= 0)
        {
            yield break;
        }

        foreach (var day in past)
        {
            yield return $"{day.Text("date")}  {Bar((Nanos(day, "cost"), '█')).PadRight(Width)}  {day.Rough("cost")}";
        }

        foreach (var day in ahead)
        {
            var soFar = begun.TryGetValue(day.Text("date"), out var spent) ? spent : (JsonElement?)null;
            yield return $"{day.Text("date")}  {Band(day, soFar is { } bar ? Nanos(bar, "cost") : 0).PadRight(Width)}  {day.Rough("p50")}  ({day.Rough("p10")} to {day.Rough("p90")})"
                + (soFar is { } told ? $", {told.Rough("cost")} so far" : "");
        }

        // Full up to what is spent, dark up to P10, medium up to P50, light up to P90.
        string Band(JsonElement day, long spentNanos) => Bar((spentNanos, '█'), (Nanos(day, "p10"), '▓'), (Nanos(day, "p50"), '▒'), (Nanos(day, "p90"), '░'));

        string Bar(params (long To, char Fill)[] parts)
        {
            var bar = "";
            foreach (var (to, fill) in parts)
            {
                bar = bar.PadRight(Length(to, top), fill);
            }

            return bar;
        }
    }

    private static long Nanos(JsonElement day, string name) => (day.Amount(name) ?? Money.Zero).Nanos;

    private static int Length(long value, long top) => (int)Math.Clamp(Math.Round(value / (decimal)top * Width), 0, Width);
}
