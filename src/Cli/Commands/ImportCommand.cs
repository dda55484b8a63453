using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Imports;
using Platform.Cli.Output;
using Platform.Cli.TextFiles;

namespace Platform.Cli.Commands;

/// <summary><c>kt import FILE</c>: usage of before as history, which touches no wallet, so that a first forecast needs no waiting.</summary>
internal static class ImportCommand
{
    private const long Kibibyte = 1024;
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    public static Command Create(KtEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "What the provider, LiteLLM or a spreadsheet exported, in the form that --format names." };
        var format = CommonOptions.Required("--format", $"One of {string.Join(", ", ImportFormats.All)}.").Among(ImportFormats.All);
        var source = CommonOptions.Text("--source", "Tells rows of one origin from those of another that use the same ids; the format's name when absent.");
        var map = CommonOptions.Text("--map", "A CSV of rules for this import only (kt imports map keeps rules): dimension, value, team, user, application, workload, skip, provider.");
        var unmapped = CommonOptions.Text("--unmapped-team", "The team of what no rule maps; absent: such rows are refused.");
        var currency = CommonOptions.Text("--cost-currency", "Of the costs that the file states; USD when absent. In another currency than the organisation's they are not compared.");
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would come of it; nothing is kept." };
        var errors = CommonOptions.Text("--errors", $"A file for all rows that have a problem; the first ones of each kind are shown in any case, at most {ImportTally.Shown}.");
        var csv = new ImportCsvOptions();
        var output = CommonOptions.Output();
        return new Command("import", "Bring usage of before in, as history: OpenAI's and Anthropic's usage reports, LiteLLM's spend logs, any CSV. Exit code 1 when a row was refused.").Does(
            async (parsed, cancellation) =>
            {
                var path = parsed.GetRequiredValue(file);
                TextFile.RequireApart("--errors", parsed.GetValue(errors), path, parsed.GetValue(map));
                await using var content = TextFile.Open(path);
                using var api = environment.Connect();
                if (parsed.GetRequiredValue(format) == ImportFormats.OpenAiCosts)
                {
                    return await ImportCosts.RunAsync(api, environment, path, parsed.GetValue(output), cancellation);
                }

                var request = new ImportRequest(
                    path, parsed.GetRequiredValue(format), parsed.GetValue(source) ?? parsed.GetRequiredValue(format), parsed.GetValue(unmapped),
                    parsed.GetValue(map) is { } rules ? RuleFile.Read(rules) : [], csv.Read(parsed), parsed.GetValue(dryRun));
                var (own, stated) = (await OwnCurrencyAsync(api, cancellation), parsed.GetValue(currency) ?? "USD");

                // Emptied only now: a token that is refused leaves what an import before told.
                using var tally = new ImportTally(parsed.GetValue(errors) is { } errorFile ? new StreamWriter(errorFile) : null);
                var uncompared = own == stated
                    ? null : $"Costs that the file states are in {stated} and the organisation's currency is {own}: they are not compared.";
                using var finished = await RunAsync(api, environment, request, content, uncompared, tally, cancellation);
                var warnings = finished is not null ? finished.RootElement.GetProperty("warnings").EnumerateArray().Select(warning => warning.GetString()!).ToList()
                    : request.DryRun && tally["accepted"] > 0 ? await ForeseeAsync(api, request, tally, cancellation) : [];
                ImportReport.Print(environment, parsed.GetValue(output), tally, finished?.RootElement, warnings, request.DryRun, own);
                return tally.IsClean ? ExitCodes.Ok : ExitCodes.Failed;
            },
            [file, format, source, map, unmapped, currency, dryRun, errors, .. csv.All, output]);
    }

    private static async Task<string> OwnCurrencyAsync(ApiClient api, CancellationToken cancellation)
    {
        using var whoAmI = await api.GetAsync("v1/whoami", cancellation);
        return whoAmI.RootElement.Text("currency");
    }

    private static Task<JsonDocument> CreateAsync(ApiClient api, ImportRequest request, CancellationToken cancellation) => api.PostAsync(
        "v1/imports",
        body =>
        {
            request.WriteSettings(body);
            body.WriteString("format", request.Format);
            body.WriteString("file_name", Path.GetFileName(request.Path));
        },
        cancellation);

    /// <summary>Sends the rows; the import is opened when there are some to send. Answers the finished import; null after a dry run, and where there were none.</summary>
    /// <param name="uncompared">Why costs that the file states are left away, to be told where it states any; null where they are sent.</param>
    private static async Task<JsonDocument?> RunAsync(
        ApiClient api, KtEnvironment environment, ImportRequest request, Stream stream, string? uncompared, ImportTally tally, CancellationToken cancellation)
    {
        using var progress = new ProgressLine(environment, "KiB", (int)Math.Min(stream.Length / Kibibyte, int.MaxValue));
        var read = 0L;
        void Advance()
        {
            var now = stream.Position / Kibibyte;
            progress.Advance((int)(now - read));
            read = now;
        }

        string? importId = null;
        async Task<string> OpenAsync(CancellationToken token)
        {
            using var created = await CreateAsync(api, request, token);
            importId = created.RootElement.Text("import_id");
            return $"v1/imports/{importId}/rows";
        }

        var sender = request.DryRun
            ? new ImportSender(api, _ => Task.FromResult("v1/imports/preview"), request.WriteSettings, new RowsBefore(), tally)
            : new ImportSender(api, OpenAsync, null, null, tally);
        var ended = false;
        try
        {
            var items = ImportFormats.ReadAsync(request.Format, stream, request.Csv, environment.Error.WriteLine, cancellation);
            await sender.SendAsync(uncompared is null ? items : WithoutCosts(items, () => environment.Error.WriteLine(uncompared)), Advance, cancellation);
            Advance();
            ended = true;
        }
        finally
        {
            progress.Dispose();
            if (!ended)
            {
                ImportReport.TellBrokenOff(environment, tally, request.DryRun);
            }

            if (!ended && importId is not null)
            {
                environment.Error.WriteLine(await EndAsync(api, importId, tally["accepted"]) switch
                {
                    0 => $"Import {importId} took nothing in, and is over. Import the file again when the cause is mended.",
                    null => $"Import {importId} is incomplete; kt imports show {importId} says what of it is in. Import the file again to add the rest, or take it back: kt imports undo {importId}",
                    { } accepted => $"Import {importId} is incomplete: at least {accepted:#,##0} rows are in, and stay. Import the file again to add the rest, or take it back: kt imports undo {importId}",
                });
            }
        }

        return importId is null ? null : await FinishAsync(api, importId, cancellation);
    }

    /// <summary>What finishing the import would warn of.</summary>
    private static async Task<List<string>> ForeseeAsync(ApiClient api, ImportRequest request, ImportTally tally, CancellationToken cancellation)
    {
        using var overlap = await api.PostAsync(
            "v1/imports/preview/overlap",
            body =>
            {
                body.WriteString("source", request.Source);
                body.WriteString("file_name", Path.GetFileName(request.Path));
                body.WriteNumber("duplicates", tally["duplicates"]);
                tally.Reach.WriteTo(body);
            },
            cancellation);
        return [.. overlap.RootElement.GetProperty("warnings").EnumerateArray().Select(warning => warning.GetString()!)];
    }

    private static Task<JsonDocument> FinishAsync(ApiClient api, string importId, CancellationToken cancellation) =>
        api.PostAsync($"v1/imports/{importId}/finish", write: null, cancellation);

    /// <summary>Ends an import that was cut off before anything is known to be in, so that it does not stay open. Answers how many rows are in; null where nobody says.</summary>
    private static async Task<long?> EndAsync(ApiClient api, string importId, long accepted)
    {
        if (accepted > 0)
        {
            return accepted;
        }

        try
        {
            // On its own time: what cut the import off may have been Ctrl+C.
            using var limit = new CancellationTokenSource(EndLimit);
            using var finished = await FinishAsync(api, importId, limit.Token);
            return finished.RootElement.GetProperty("counts").GetProperty("accepted").GetInt64();
        }
        catch (Exception exception) when (exception is KtError or HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    private static async IAsyncEnumerable<ImportItem> WithoutCosts(IAsyncEnumerable<ImportItem> items, Action tell)
    {
        var isTold = false;
        await foreach (var item in items)
        {
            if (item.Row?.StatedCost is not null && !isTold)
            {
                tell();
                isTold = true;
            }

            yield return item.Row is { } row ? item with { Row = row with { StatedCost = null } } : item;
        }
    }
}

/// <summary>What is to be imported, and how.</summary>
internal sealed record ImportRequest(
    string Path, string Format, string Source, string? UnmappedTeam, IReadOnlyList<MapRule> Rules, CsvUsageOptions Csv, bool DryRun)
{
    public void WriteSettings(Utf8JsonWriter body)
    {
        body.WriteString("source", Source);
        body.WriteOptional("unmapped_team_id", UnmappedTeam);
        if (Rules.Count == 0)
        {
            return;
        }

        body.WriteStartArray("rules");
        foreach (var rule in Rules)
        {
            body.WriteStartObject();
            rule.WriteTo(body);
            body.WriteEndObject();
        }

        body.WriteEndArray();
    }
}
