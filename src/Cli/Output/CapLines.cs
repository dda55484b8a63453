using System.Globalization;
using System.Text.Json;

namespace Platform.Cli.Output;

/// <summary>What a forecast says of period caps, for people.</summary>
internal static class CapLines
{
    /// <summary>None where the Api is of before caps were judged.</summary>
    public static IEnumerable<JsonElement> Of(JsonElement forecast) => forecast.TryGetProperty("caps", out var caps) ? caps.EnumerateArray() : [];

    /// <summary>One cap in a line, with what it leaves out.</summary>
    public static string Line(JsonElement cap, TimeZoneInfo zone)
    {
        if (cap.GetProperty("reached").ValueKind == JsonValueKind.Null)
        {
            return cap.Text("note");
        }

        var reached = $"{cap.Comparable("spent")} of {cap.Comparable("amount")} a {cap.Text("period")} spent, reached before {cap.Day("period_end", zone)} in {Share(cap, "reached")} of futures";
        var line = cap.Text("expected").Length > 0 ? $"{reached}: in half of them by {cap.Day("expected", zone)}, as early as {cap.Day("early", zone)}"
            : cap.Text("early").Length > 0 ? $"{reached}, as early as {cap.Day("early", zone)}"
            : reached;
        return cap.Text("note") is { Length: > 0 } note ? $"{line}. {note}" : line;
    }

    /// <summary>A share of futures; a dash where none is told.</summary>
    public static string Share(JsonElement cap, string name) =>
        cap.GetProperty(name).ValueKind == JsonValueKind.Null ? "–" : cap.GetProperty(name).GetDouble().ToString("0.0 %", CultureInfo.InvariantCulture);
}
