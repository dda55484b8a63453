using System.Globalization;
using System.Text.Json;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary>What a price or a list of prices would change or has changed, for people: rate by rate, alias by alias, and what would be corrected by month.</summary>
internal static class PriceChanges
{
    private static readonly (string Label, string Field)[] Rates =
    [
        ("input", "input_per_million"), ("cached input", "cached_input_per_million"), ("cache write", "cache_write_per_million"),
        ("cache write 1h", "cache_write_1h_per_million"), ("output", "output_per_million"), ("reasoning", "reasoning_per_million"), ("request", "per_request"),
        ("discount", "discount_percent"),
    ];

    /// <param name="isDiff">Exit code 1 where it changes anything.</param>
    /// <param name="isSet">Of one price, where nothing has to be applied.</param>
    public static int Print(KtEnvironment environment, Printer printer, JsonElement answer, bool isDiff, bool isSet = false)
    {
        var changes = answer.GetProperty("changes").EnumerateArray().Where(change => change.Text("kind") != "unchanged").ToList();
        var aliases = answer.TryGetProperty("alias_changes", out var named) ? named.EnumerateArray().Where(change => change.Text("kind") != "unchanged").ToList() : [];
        if (printer.IsJson)
        {
            printer.Json(answer);
        }
        else
        {
            PrintTables(printer, answer, changes, aliases);
        }

        var total = answer.GetProperty("changes").GetArrayLength();
        var suspicious = changes.Count(change => change.GetProperty("suspicious").GetBoolean());
        environment.Error.WriteLine(
            $"{changes.Count(change => change.Text("kind") == "added")} added, {changes.Count(change => change.Text("kind") == "changed")} changed, {total - changes.Count} unchanged"
            + (aliases.Count > 0 ? $"; aliases: {aliases.Count(change => change.Text("kind") == "added")} added, {aliases.Count(change => change.Text("kind") == "changed")} of another model" : "")
            + (suspicious > 0 ? $"; look twice at {suspicious}." : "."));
        if (!isDiff)
        {
            environment.Error.WriteLine(
                changes.Count + aliases.Count == 0 ? "Nothing to change." : answer.GetProperty("applied").GetBoolean() ? "In force." : isSet ? "Nothing has changed yet: leave --dry-run out." : "Nothing has changed yet: add --apply.");
        }

        return isDiff && changes.Count + aliases.Count > 0 ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static void PrintTables(Printer printer, JsonElement answer, List<JsonElement> changes, List<JsonElement> aliases)
    {
        if (changes.Count > 0)
        {
            printer.Table(["change", "provider", "model", "tier", "rate", ">before", ">after", ">%", "from", ""], changes.SelectMany(Lines));
        }

        if (aliases.Count > 0)
        {
            printer.Table(["alias", "provider", "name", "stood for", "stands for"], aliases.Select(alias => (IReadOnlyList<string>)
                [alias.Text("kind"), alias.Text("provider"), alias.Text("alias"), Show.OrAll(alias.Text("before"), "–"), alias.Text("model")]));
        }

        if (answer.TryGetProperty("corrections", out var preview) && preview.ValueKind == JsonValueKind.Object)
        {
            PrintCorrections(printer, preview);
        }
    }

    private static void PrintCorrections(Printer printer, JsonElement preview)
    {
        var currency = preview.Text("currency");
        var months = preview.GetProperty("months").EnumerateArray().ToList();
        var late = months.Sum(month => month.TryGetProperty("late_records", out var records) ? records.GetInt64() : 0);
        string[] columns = ["month", ">records corrected", ">unpriced until now", $">difference {currency}"];
        printer.Table(
            late > 0 ? [.. columns, ">of it late"] : columns,
            months.Select(month => (IReadOnlyList<string>)
                [month.Text("month"), month.Count("records"), month.Count("unpriced_records"), month.Exact("difference"), .. late > 0 ? [month.Exact("late_difference")] : Array.Empty<string>()]),
            ["total", preview.Count("records"), "", preview.Exact("difference"), .. late > 0 ? [new Money(months.Sum(month => month.Amount("late_difference")?.Nanos ?? 0)).ToExactString()] : Array.Empty<string>()]);
        if (late > 0)
        {
            printer.Line(string.Create(CultureInfo.InvariantCulture, $"{late:#,##0} of them occurred in months that are closed and do not move: what corrects these is late, and would be booked in {preview.Text("late_month")}."));
        }

        if (preview.Text("looked_until").Length > 0)
        {
            printer.Line($"There is too much to look at all of it in twenty seconds: of what occurred from {preview.Time("looked_until")} on, some is not in these figures.");
        }
    }

    private static IEnumerable<IReadOnlyList<string>> Lines(JsonElement change)
    {
        var after = change.GetProperty("after");
        var hasBefore = change.TryGetProperty("before", out var before) && before.ValueKind == JsonValueKind.Object;
        var from = after.Text("effective_from").Length == 0 ? "now" : after.Time("effective_from");
        var mark = change.GetProperty("suspicious").GetBoolean() ? "look twice" : "";
        foreach (var (label, field) in Rates)
        {
            var (old, now) = (hasBefore ? before.GetProperty(field).GetDecimal() : (decimal?)null, after.GetProperty(field).GetDecimal());
            if (old == now || (old is null && now == 0))
            {
                continue;
            }

            yield return [change.Text("kind"), after.Text("provider"), after.Text("model"), after.Text("tier"), label, Shown(old), Shown(now), Percent(old, now), from, mark];
        }

        var tiers = (hasBefore ? before.GetProperty("context_tiers").GetRawText() : "[]", after.GetProperty("context_tiers").GetRawText());
        if (tiers.Item1 != tiers.Item2)
        {
            yield return [change.Text("kind"), after.Text("provider"), after.Text("model"), after.Text("tier"), "context tiers", hasBefore ? "differ" : "", $"{after.GetProperty("context_tiers").GetArrayLength()}", "", from, mark];
        }
    }

    private static string Shown(decimal? value) => value?.ToString("0.00#######", CultureInfo.InvariantCulture) ?? "–";

    private static string Percent(decimal? before, decimal after) =>
        before is > 0 and var old ? ((after - old) / old * 100).ToString("+0.0;-0.0", CultureInfo.InvariantCulture) : "";
}
