using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Cli.Prices;

namespace Platform.Cli.Commands;

/// <summary><c>kt prices import|diff FILE</c>: a list of prices, compared with the book before it takes effect.</summary>
internal static class PriceImportCommand
{
    private const int ShownSkipped = 5;

    private static readonly (string Label, string Field)[] Rates =
    [
        ("input", "input_per_million"), ("cached input", "cached_input_per_million"), ("cache write", "cache_write_per_million"),
        ("cache write 1h", "cache_write_1h_per_million"), ("output", "output_per_million"), ("reasoning", "reasoning_per_million"), ("request", "per_request"),
        ("discount", "discount_percent"),
    ];

    public static Command CreateImport(KtEnvironment environment)
    {
        var apply = new Option<bool>("--apply") { Description = "Let it take effect; without it only what it would change is shown." };
        var retroactive = new Option<bool>("--retroactive") { Description = "Needed where a price begins in the past: usage since then is rated anew, by corrections." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Without --apply: also how many records it would correct, in which months and by how much." };
        var free = new Option<bool>("--allow-free") { Description = "Take prices that cost nothing at all too; an entry that says 0 is more often one whose price is not known." };
        return Create(environment, "import", "Take a list of prices over: JSON, CSV, or the community's list.", new ImportOptions(apply, retroactive, dryRun, free));
    }

    public static Command CreateDiff(KtEnvironment environment) => Create(environment, "diff", "What a list of prices would change. Exit code 1 when it would change anything, 2 when the list is wrong.", null);

    private static Command Create(KtEnvironment environment, string name, string description, ImportOptions? options)
    {
        var file = new Argument<string>("file");
        var format = new Option<PriceListFormat>("--format") { Description = "auto (default), json, csv or community (LiteLLM's model_prices_and_context_window.json)." };
        var provider = CommonOptions.Text("--provider", "Only this provider's prices.");
        var source = CommonOptions.Text("--source", "Where the figures come from, for rows that do not say; the file's name when absent.");
        var currency = CommonOptions.Text("--currency", "For rows that do not say; USD when absent.");
        var output = CommonOptions.Output();
        Symbol[] symbols = [file, format, provider, source, currency, output, .. options?.All ?? []];
        return new Command(name, description).Does(
            (parsed, cancellation) => options is null ? Comparison.RunAsync(() => RunAsync(parsed, cancellation)) : RunAsync(parsed, cancellation),
            symbols);

        async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
        {
            bool Has(Func<ImportOptions, Option<bool>> option) => options is not null && parsed.GetValue(option(options));
            var path = parsed.GetRequiredValue(file);
            var list = PriceListReader.Read(path, parsed.GetValue(format), parsed.GetValue(provider), Has(all => all.AllowFree));
            if (Has(all => all.Apply) && Has(all => all.DryRun))
            {
                throw new KtError(ExitCodes.Usage, "Give --apply or --dry-run, not both.");
            }

            Tell(environment, list);
            using var api = environment.Connect();
            using var answer = await api.PostAsync(
                "v1/model-pricing/import",
                body =>
                {
                    body.WriteStartArray("prices");
                    foreach (var price in list.Prices)
                    {
                        price.WriteTo(body, parsed.GetValue(currency) ?? "USD", parsed.GetValue(source) ?? Path.GetFileName(path));
                    }

                    body.WriteEndArray();
                    if (list.Aliases.Count > 0)
                    {
                        body.WriteStartArray("aliases");
                        foreach (var alias in list.Aliases)
                        {
                            alias.WriteTo(body, parsed.GetValue(source) ?? Path.GetFileName(path));
                        }

                        body.WriteEndArray();
                    }

                    body.WriteBoolean("apply", Has(all => all.Apply));
                    body.WriteBoolean("retroactive", Has(all => all.Retroactive));
                    if (Has(all => all.DryRun))
                    {
                        body.WriteBoolean("dry_run", true);
                    }

                    if (Has(all => all.AllowFree))
                    {
                        body.WriteBoolean("allow_free", true);
                    }
                },
                cancellation);
            return Print(environment, environment.Printer(parsed.GetValue(output)), answer.RootElement, isDiff: options is null);
        }
    }

    private static void Tell(KtEnvironment environment, PriceList list)
    {
        if (list.Skipped.Count > 0)
        {
            var more = list.Skipped.Count > ShownSkipped ? $" and {list.Skipped.Count - ShownSkipped} more" : "";
            environment.Error.WriteLine(
                $"{list.Skipped.Count} {(list.Skipped.Count == 1 ? "entry is" : "entries are")} left out: {string.Join(", ", list.Skipped.Take(ShownSkipped).Select(entry => $"{entry.Place} ({entry.Reason})"))}{more}.");
        }
    }

    internal static int Print(KtEnvironment environment, Printer printer, JsonElement answer, bool isDiff, bool isSet = false)
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
            printer.Table(["change", "provider", "model", "tier", "rate", ">before", ">after", ">%", ""], changes.SelectMany(Lines));
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
        printer.Table(
            ["month", ">records corrected", ">unpriced until now", $">difference {currency}"],
            preview.GetProperty("months").EnumerateArray().Select(month => (IReadOnlyList<string>)
                [month.Text("month"), month.Count("records"), month.Count("unpriced_records"), month.Exact("difference")]),
            ["total", preview.Count("records"), "", preview.Exact("difference")]);
        if (preview.Text("looked_until").Length > 0)
        {
            printer.Line($"There is too much to look at all of it in twenty seconds: of what occurred from {preview.Time("looked_until")} on, some is not in these figures.");
        }
    }

    private static IEnumerable<IReadOnlyList<string>> Lines(JsonElement change)
    {
        var after = change.GetProperty("after");
        var hasBefore = change.TryGetProperty("before", out var before) && before.ValueKind == JsonValueKind.Object;
        var mark = change.GetProperty("suspicious").GetBoolean() ? "look twice" : "";
        foreach (var (label, field) in Rates)
        {
            var (old, now) = (hasBefore ? before.GetProperty(field).GetDecimal() : (decimal?)null, after.GetProperty(field).GetDecimal());
            if (old == now || (old is null && now == 0))
            {
                continue;
            }

            yield return [change.Text("kind"), after.Text("provider"), after.Text("model"), after.Text("tier"), label, Shown(old), Shown(now), Percent(old, now), mark];
        }

        var tiers = (hasBefore ? before.GetProperty("context_tiers").GetRawText() : "[]", after.GetProperty("context_tiers").GetRawText());
        if (tiers.Item1 != tiers.Item2)
        {
            yield return [change.Text("kind"), after.Text("provider"), after.Text("model"), after.Text("tier"), "context tiers", hasBefore ? "differ" : "", $"{after.GetProperty("context_tiers").GetArrayLength()}", "", mark];
        }
    }

    private sealed record ImportOptions(Option<bool> Apply, Option<bool> Retroactive, Option<bool> DryRun, Option<bool> AllowFree)
    {
        public IEnumerable<Symbol> All => [Apply, Retroactive, DryRun, AllowFree];
    }

    private static string Shown(decimal? value) => value?.ToString("0.00#######", CultureInfo.InvariantCulture) ?? "–";

    private static string Percent(decimal? before, decimal after) =>
        before is > 0 and var old ? ((after - old) / old * 100).ToString("+0.0;-0.0", CultureInfo.InvariantCulture) : "";
}
