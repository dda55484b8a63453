using System.Globalization;
using System.Text.Json;
using Platform.Cli.Imports;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary>What <c>kt import</c> tells of a file: figures to stdout, what is to be done about them to stderr.</summary>
internal static class ImportReport
{
    private const int ShownOrigins = 10;

    /// <param name="import">As it was finished; null after a dry run, and where the file had nothing to send.</param>
    /// <param name="currency">The organisation's, in which the price book's cost and what is compared with it are.</param>
    /// <param name="warnings">What else tells of the same usage, or would.</param>
    public static void Print(
        KtEnvironment environment, OutputFormat format, ImportTally tally, JsonElement? import, IReadOnlyList<string> warnings, bool isDryRun, string currency)
    {
        var printer = environment.Printer(format);
        if (printer.IsJson)
        {
            using var document = Document(tally, import, warnings, isDryRun, currency);
            printer.Json(document.RootElement);
        }
        else
        {
            printer.Facts(Facts(tally, import, isDryRun, currency));
            PrintStated(printer, tally, currency);
        }

        Tell(environment, tally, import, warnings, isDryRun);
    }

    private static IEnumerable<(string Name, string Value)> Facts(ImportTally tally, JsonElement? import, bool isDryRun, string currency)
    {
        if (import is { } finished)
        {
            yield return ("import", finished.Text("import_id"));
        }

        yield return (isDryRun ? "would be taken in" : "taken in", $"{Number(tally["accepted"])} of {Show.Counted(tally["rows"] + tally.Unreadable, "row")}, {Show.Counted(tally["calls"], "call")}");
        yield return ("cost by the price book", $"{tally.Cost.ToComparableString(currency)} {currency}" + (tally["unpriced"] == 0 ? "" : $", {Number(tally["unpriced"])} rows have no price and are in no sum"));
        yield return ("there already", Number(tally["duplicates"]) + (tally.Elsewhere == 0 ? "" : $", {Number(tally.Elsewhere)} of them another's than the rules say now"));
        yield return ("changed since", Number(tally["changed"]));
        yield return ("left out", string.Join(", ", tally.LeftOut.Select(pair => $"{Number(pair.Value)} {pair.Key}").Append($"{Number(tally["skipped"])} by a rule")));
        yield return ("refused", Number(tally["refused"] + tally.Unreadable));
        yield return ("unmapped", Unmapped(tally));
    }

    private static string Unmapped(ImportTally tally)
    {
        var unmapped = tally["unmapped"] + tally["unmapped_refused"];
        var mappable = tally["accepted"] + tally["unmapped_refused"];
        var share = mappable == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({100m * unmapped / mappable:0.0} % of {mappable:#,##0} new rows)");
        return $"{Number(unmapped)}{share}{(unmapped == 0 ? "" : tally["unmapped_refused"] > 0 ? ", refused" : ", to the team for such rows")}";
    }

    private static void PrintStated(Printer printer, ImportTally tally, string currency)
    {
        var stated = tally.Stated.ToList();
        if (stated.Count > 0)
        {
            printer.Table(ImportsCommand.StatedColumns(currency), stated.Select(pair => ImportsCommand.StatedRow(pair.Key.Provider, pair.Key.Model, pair.Value)));
        }
    }

    /// <summary>What was answered before a file's end, so that whoever sends it again knows what to mend before.</summary>
    public static void TellBrokenOff(KtEnvironment environment, ImportTally tally, bool isDryRun)
    {
        TellProblems(environment, tally);
        if (tally["rows"] + tally.Unreadable > 0)
        {
            environment.Error.WriteLine(
                $"Of the rows before it broke off, as far as they were answered: {Number(tally["accepted"])} {(isDryRun ? "would be taken in" : "taken in")}, {Number(tally["duplicates"])} there already, "
                + $"{Number(tally["changed"])} changed since, {Number(tally["skipped"])} left out by a rule, {Number(tally["refused"] + tally["unmapped_refused"] + tally.Unreadable)} refused.");
        }
    }

    private static void Tell(KtEnvironment environment, ImportTally tally, JsonElement? import, IReadOnlyList<string> warnings, bool isDryRun)
    {
        TellProblems(environment, tally);
        TellUnmapped(environment, tally);
        foreach (var warning in warnings)
        {
            environment.Error.WriteLine($"Look twice: {warning}");
        }

        if (import is not { } finished)
        {
            environment.Error.WriteLine(isDryRun ? "A dry run: nothing was kept." : "The file has no row to take in: no import was made.");
            return;
        }

        if (tally["accepted"] > 0)
        {
            environment.Error.WriteLine($"kt spend --all and kt forecast count it in a moment. To take it back: kt imports undo {finished.Text("import_id")}");
        }
    }

    private static void TellProblems(KtEnvironment environment, ImportTally tally)
    {
        foreach (var (place, kind, message) in tally.Problems)
        {
            environment.Error.WriteLine($"{place}: {kind}: {message}");
        }

        if (tally.ProblemCount > tally.Problems.Count)
        {
            environment.Error.WriteLine($"… and {Number(tally.ProblemCount - tally.Problems.Count)} more; --errors FILE writes all of them.");
        }
    }

    private static void TellUnmapped(KtEnvironment environment, ImportTally tally)
    {
        var origins = tally.Unmapped.ToList();
        foreach (var ((provider, project, key, user), rows) in origins.Take(ShownOrigins))
        {
            var (dimension, value) = project.Length > 0 ? ("project", project) : key.Length > 0 ? ("key", key) : user.Length > 0 ? ("user", user) : ("", "");
            environment.Error.WriteLine(dimension.Length == 0
                ? $"No rule can map {Show.Counted(rows, "row")} of {provider} without a project, key or user. --unmapped-team takes them."
                : $"No rule maps {Show.Counted(rows, "row")} of {provider}, {Named(project, key, user)}. For example: kt imports map set {dimension} {value} --team TEAM");
        }

        if (origins.Count > ShownOrigins)
        {
            environment.Error.WriteLine($"… and {origins.Count - ShownOrigins} more that no rule maps.");
        }
    }

    private static string Named(string project, string key, string user) => string.Join(
        ", ", new[] { ("project", project), ("key", key), ("user", user) }.Where(pair => pair.Item2.Length > 0).Select(pair => $"{pair.Item1} {pair.Item2}"));

    private static JsonDocument Document(ImportTally tally, JsonElement? import, IReadOnlyList<string> warnings, bool isDryRun, string currency)
    {
        using var stream = new MemoryStream();
        using (var body = new Utf8JsonWriter(stream))
        {
            body.WriteStartObject();
            body.WriteBoolean("dry_run", isDryRun);
            body.WriteString("currency", currency);
            body.WritePropertyName("import");
            (import ?? JsonElement.Parse("null")).WriteTo(body);
            body.WriteStartObject("counts");
            foreach (var name in new[] { "rows", "accepted", "duplicates", "changed", "skipped", "unmapped_refused", "refused", "unmapped", "unpriced", "calls" })
            {
                body.WriteNumber(name, tally[name]);
            }

            body.WriteNumber("unreadable", tally.Unreadable);
            body.WriteNumber("left_out", tally.LeftOut.Values.Sum());
            body.WritePropertyName("cost");
            body.WriteRawValue(tally.Cost.ToString(), skipInputValidation: true);
            body.WriteEndObject();
            body.WriteStartArray("problems");
            foreach (var (place, kind, message) in tally.Problems)
            {
                body.WriteStartObject();
                body.WriteString("place", place);
                body.WriteString("kind", kind);
                body.WriteString("message", message);
                body.WriteEndObject();
            }

            body.WriteEndArray();
            body.WriteNumber("problem_count", tally.ProblemCount);
            body.WriteStartArray("unmapped");
            foreach (var ((provider, project, key, user), rows) in tally.Unmapped)
            {
                body.WriteStartObject();
                body.WriteString("provider", provider);
                body.WriteString("project", project);
                body.WriteString("key", key);
                body.WriteString("user", user);
                body.WriteNumber("rows", rows);
                body.WriteEndObject();
            }

            body.WriteEndArray();
            body.WriteStartArray("warnings");
            foreach (var warning in warnings)
            {
                body.WriteStringValue(warning);
            }

            body.WriteEndArray();
            body.WriteEndObject();
        }

        return JsonDocument.Parse(stream.ToArray());
    }

    private static string Number(long value) => value.ToString("#,##0", CultureInfo.InvariantCulture);
}
