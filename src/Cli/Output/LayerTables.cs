using System.Globalization;
using System.Text.Json;

namespace Platform.Cli.Output;

/// <summary>The layered forecast for people.</summary>
internal static class LayerTables
{
    /// <param name="month">yyyy-MM; null for the periods.</param>
    public static void Print(Printer printer, JsonElement forecast, string? month)
    {
        var periods = forecast.GetProperty(month is null ? "periods" : "months").EnumerateArray()
            .Where(period => month is null || period.Time("period_start").StartsWith(month, StringComparison.Ordinal)).ToList();
        if (periods.Count == 0)
        {
            throw new KtError(ExitCodes.Usage, $"--month {month} is none of the months that are forecast: the current one and the twelve after it.");
        }

        printer.Line($"Forecast of {Show.OrAll(forecast.Text("team_id"), "the organisation")} by layer, {forecast.Text("currency")}; expected figures add up, quantiles do not");
        printer.Table(
            ["period", "layer", ">to date", ">expected", ">P10", ">P50", ">P90"],
            periods.SelectMany(period => period.GetProperty("layers").EnumerateArray().Select((layer, place) => (IReadOnlyList<string>)
            [
                place == 0 ? Name(period) : "", layer.Text("layer"), layer.Rough("to_date"), layer.Rough("expected"), layer.Rough("p10"), layer.Rough("p50"), layer.Rough("p90"),
            ])));
        foreach (var line in Growth(periods[0]).Concat(Evidence(forecast.GetProperty("evidence"), forecast.Text("currency"))))
        {
            printer.Line(line);
        }

        foreach (var note in forecast.GetProperty("notes").EnumerateArray())
        {
            printer.Line(note.GetString()!);
        }
    }

    private static string Name(JsonElement period) => period.Text("kind") is { Length: > 0 } kind ? Show.Title(kind) : period.Time("period_start")[..7];

    private static IEnumerable<string> Growth(JsonElement period)
    {
        var growth = period.GetProperty("growth");
        yield return $"{Name(period)}: {growth.Rough("spent")} spent + {growth.Rough("level")} at the level of four weeks + growth {growth.Rough("calls")} by calls, "
            + $"{growth.Rough("tokens_per_call")} by tokens a call, {growth.Rough("price_per_token")} by price = {growth.Rough("expected")}";
    }

    private static IEnumerable<string> Evidence(JsonElement evidence, string currency)
    {
        yield return $"Resilience: {evidence.Count("fallback_calls")} of {evidence.Count("calls")} calls of 91 days fell back; they cost {evidence.Rough("fell_back")} {currency} instead of "
            + $"{evidence.Rough("fell_back_primary")}, {Band(evidence, "premium")} of spend";
        yield return $"Control: calls of 28 days cost {evidence.Rough("routed")} {currency} instead of {evidence.Rough("routed_default")} by default, {Band(evidence, "saving")} of spend saved; "
            + $"{evidence.Count("denied_calls")} refused, with bounds of {evidence.Rough("denied_bound")}";
    }

    private static string Band(JsonElement evidence, string name)
    {
        var share = evidence.GetProperty(name);
        return $"{Percent(share, "middle")} ({Percent(share, "low")} to {Percent(share, "high")})";
    }

    private static string Percent(JsonElement share, string name) => share.GetProperty(name).GetDouble().ToString("0.0 %", CultureInfo.InvariantCulture);
}
