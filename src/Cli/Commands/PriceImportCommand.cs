using System.CommandLine;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Cli.Prices;

namespace Platform.Cli.Commands;

/// <summary><c>kt prices import|diff FILE</c>: a list of prices, compared with the book before it takes effect.</summary>
internal static class PriceImportCommand
{
    private const int ShownSkipped = 5;

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
        var file = new Argument<string>("file") { Description = "The list: an array of prices or an object with one (JSON), a CSV with a header, or the community's list." };
        var format = new Option<PriceListFormat>("--format") { Description = "auto (default), json, csv or community (LiteLLM's model_prices_and_context_window.json).", HelpName = CommonOptions.Choices<PriceListFormat>() };
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
            if (!Has(all => all.Retroactive))
            {
                list = FromNow(environment, list);
            }

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
            return PriceChanges.Print(environment, environment.Printer(parsed.GetValue(output)), answer.RootElement, isDiff: options is null);
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

    private static PriceList FromNow(KtEnvironment environment, PriceList list)
    {
        var (whole, count) = list.FromNow(environment.Time.GetUtcNow());
        if (count > 0)
        {
            environment.Error.WriteLine(
                $"{count} {(count == 1 ? "price is a version" : "prices are versions")} of the book that began in the past (price_id, effective_from): read as from now on. kt prices import --retroactive reads them as from then on.");
        }

        return whole;
    }

    private sealed record ImportOptions(Option<bool> Apply, Option<bool> Retroactive, Option<bool> DryRun, Option<bool> AllowFree)
    {
        public IEnumerable<Symbol> All => [Apply, Retroactive, DryRun, AllowFree];
    }
}
