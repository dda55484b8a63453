using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Imports;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary><c>kt imports list|show|undo</c>; rules have a file of their own.</summary>
internal static class ImportsCommand
{
    public static string[] StatedColumns(string currency) => ["provider", "model", ">rows", $">source says {currency}", $">price book {currency}", $">difference {currency}", ">%", ">without price"];


    private static readonly string[] Columns = ["import", "created", "format", "file", "state", ">rows", ">taken in", ">unmapped", ">refused", ">cost"];
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    public static Command Create(KtEnvironment environment) =>
        new("imports", "Imports of usage, and whose usage is whose.") { List(environment), Show(environment), Undo(environment), ImportMapCommand.Create(environment) };

    /// <summary>The difference is of the rows that have a price: what the others cost nobody can say yet. What a source states beyond all amounts is compared with nothing.</summary>
    public static IReadOnlyList<string> StatedRow(string provider, string model, StatedSum sum)
    {
        if (sum.IsBeyond)
        {
            return [provider, model, Number(sum.Rows), $"over {sum.Stated.ToExactString()}", sum.Rated.ToExactString(), "–", "–", sum.UnpricedRows == 0 ? "" : $"{Number(sum.UnpricedRows)} rows"];
        }

        var compared = sum.Stated - sum.UnpricedStated;
        var difference = sum.Rated - compared;
        return
        [
            provider, model, Number(sum.Rows), sum.Stated.ToExactString(), sum.Rated.ToExactString(), difference.ToExactString(),
            compared.Nanos == 0 ? "–" : (100m * difference.Nanos / compared.Nanos).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture),
            sum.UnpricedRows == 0 ? "" : $"{Number(sum.UnpricedRows)} rows, {sum.UnpricedStated.ToExactString()}",
        ];
    }

    private static Command List(KtEnvironment environment)
    {
        var page = new PageOptions();
        var output = CommonOptions.Output();
        return new Command("list", "Imports, newest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(Query.Path("v1/imports", page.Read(parsed)), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Rows(answer.RootElement, Columns.In(answer.RootElement.GetProperty("imports"), "cost"), "imports", import =>
                {
                    var counts = import.GetProperty("counts");
                    return
                    [
                        import.Text("import_id"), import.Time("created_at"), import.Text("format"), import.Text("file_name"), import.Text("state"), counts.Count("rows"),
                        counts.Count("accepted"), Number(Of(counts, "unmapped") + Of(counts, "unmapped_refused")), counts.Count("refused"), counts.Exact("cost"),
                    ];
                });
                environment.TellOfMore(printer, answer);
                return ExitCodes.Ok;
            },
            page.Limit, page.Page, output);
    }

    private static Command Show(KtEnvironment environment)
    {
        var id = Id();
        var output = CommonOptions.Output();
        return new Command("show", "One import: what came of its rows, and what its source says beside the price book.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(api, parsed.GetValue(output), Path(parsed.GetRequiredValue(id)), cancellation);
                Print(environment, parsed.GetValue(output), answer.RootElement);
                return ExitCodes.Ok;
            },
            id, output);
    }

    private static Command Undo(KtEnvironment environment)
    {
        var id = Id();
        var note = CommonOptions.Text("--note", "Why, for the record.");
        var output = CommonOptions.Output();
        return new Command("undo", "Take an import back: every record of it gets a correction of its negative. Its file may be imported again afterwards.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                var importId = parsed.GetRequiredValue(id);
                using var asked = await api.PostAsync($"{Path(importId)}/undo", body => body.WriteOptional("note", parsed.GetValue(note)), cancellation);
                using var undone = await WaitAsync(api, environment, importId, cancellation);
                environment.Answer(
                    parsed.GetValue(output), undone, $"Taken back: {undone.RootElement.Counted("undone", "record")} of import {undone.RootElement.Text("import_id")}.");
                Warn(environment, undone.RootElement);
                return ExitCodes.Ok;
            },
            id, note, output);
    }

    /// <summary>The undo goes on by itself, also when nobody waits for it.</summary>
    private static async Task<JsonDocument> WaitAsync(ApiClient api, KtEnvironment environment, string id, CancellationToken cancellation)
    {
        ProgressLine? progress = null;
        var shown = 0L;
        var ended = false;
        try
        {
            while (true)
            {
                var import = await api.GetAsync(Path(id), cancellation);
                var undone = Of(import.RootElement, "undone");
                progress ??= new ProgressLine(environment, "records", (int)Math.Min(Of(import.RootElement.GetProperty("counts"), "accepted"), int.MaxValue));
                progress.Advance((int)(undone - shown));
                shown = undone;
                if (import.RootElement.Text("state") == "undone")
                {
                    ended = true;
                    return import;
                }

                import.Dispose();
                await Task.Delay(Poll, cancellation);
            }
        }
        finally
        {
            progress?.Dispose();
            if (!ended)
            {
                // Whoever stops the wait must not think that the undo is stopped.
                environment.Error.WriteLine($"The undo goes on by itself, though this no longer waits for it: kt imports show {id} says how far it is.");
            }
        }
    }

    private static void Print(KtEnvironment environment, OutputFormat format, JsonElement import)
    {
        var printer = environment.Printer(format);
        if (printer.IsJson)
        {
            printer.Json(import);
            return;
        }

        var counts = import.GetProperty("counts");
        printer.Facts(
        [
            ("import", import.Text("import_id")),
            ("file", $"{import.Text("file_name")} ({import.Text("format")}, source {import.Text("source")})"),
            ("state", import.Text("state")),
            ("created", $"{import.Time("created_at")} by {import.Text("created_by")}"),
            ("usage of", import.Text("first_occurred_at").Length == 0 ? "–" : $"{import.Time("first_occurred_at")} to {import.Time("last_occurred_at")}"),
            ("taken in", $"{counts.Count("accepted")} of {counts.Counted("rows", "row")}, {counts.Counted("calls", "call")}, {counts.Counted("unpriced", "row")} without a price"),
            ("cost at import", $"{counts.Exact("cost")} {import.Text("currency")} by the price book"),
            ("there already", $"{counts.Count("duplicates")}, and {counts.Count("changed")} with other figures since"),
            ("left out by a rule", counts.Count("skipped")),
            ("refused", counts.Count("refused")),
            ("unmapped", $"{counts.Count("unmapped_refused")} refused, {counts.Count("unmapped")} to {Output.Show.OrAll(import.Text("unmapped_team_id"), "no team")}"),
            ("taken back", import.Text("undo_asked_at").Length == 0 ? "no" : $"{import.Counted("undone", "record")}; asked {import.Time("undo_asked_at")} by {import.Text("undo_asked_by")} {import.Text("undo_note")}".TrimEnd()),
        ]);
        var stated = import.GetProperty("stated").EnumerateArray().ToList();
        if (stated.Count > 0)
        {
            printer.Table(StatedColumns(import.Text("currency")), stated.Select(row => StatedRow(row.Text("provider"), row.Text("model"), StatedSum.From(row))));
        }

        Warn(environment, import);
    }

    private static void Warn(KtEnvironment environment, JsonElement import)
    {
        foreach (var warning in import.GetProperty("warnings").EnumerateArray())
        {
            environment.Error.WriteLine($"Look twice: {warning.GetString()}");
        }
    }

    private static Argument<string> Id() => new("import") { Description = "The import's id, as the list says." };

    private static string Path(string id) => $"v1/imports/{Uri.EscapeDataString(id)}";

    private static long Of(JsonElement row, string name) => row.GetProperty(name).GetInt64();

    private static string Number(long value) => value.ToString("#,##0", CultureInfo.InvariantCulture);
}
