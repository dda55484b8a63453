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
        return Create(environment, "import", "Take a list of prices over: JSON, CSV, or the community's list.", apply, retroactive);
    }

    public static Command CreateDiff(KtEnvironment environment) => Create(environment, "diff", "What a list of prices would change. Exit code 1 when it would change anything, 2 when the list is wrong.", null, null);

    private static Command Create(KtEnvironment environment, string name, string description, Option<bool>? apply, Option<bool>? retroactive)
    {
        var file = new Argument<string>("file");
        var format = new Option<PriceListFormat>("--format") { Description = "auto (default), json, csv or community (LiteLLM's model_prices_and_context_window.json)." };
        var provider = CommonOptions.Text("--provider", "Only this provider's prices.");
        var source = CommonOptions.Text("--source", "Where the figures come from, for rows that do not say; the file's name when absent.");
        var currency = CommonOptions.Text("--currency", "For rows that do not say; USD when absent.");
        var output = CommonOptions.Output();
        Symbol[] symbols = [file, format, provider, source, currency, output, .. new[] { apply, retroactive }.OfType<Symbol>()];
        return new Command(name, description).Does(
            (parsed, cancellation) => apply is null ? Comparison.RunAsync(() => RunAsync(parsed, cancellation)) : RunAsync(parsed, cancellation),
            symbols);

        async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
        {
            var path = parsed.GetRequiredValue(file);
            var list = PriceListReader.Read(path, parsed.GetValue(format), parsed.GetValue(provider));
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
                    body.WriteBoolean("apply", apply is not null && parsed.GetValue(apply));
                    body.WriteBoolean("retroactive", retroactive is not null && parsed.GetValue(retroactive));
                },
                cancellation);
            return Print(environment, environment.Printer(parsed.GetValue(output)), answer.RootElement, isDiff: apply is null);
        }
    }

    private static void Tell(KtEnvironment environment, PriceList list)
    {
        if (list.Skipped.Count > 0)
        {
            var more = list.Skipped.Count > ShownSkipped ? $" and {list.Skipped.Count - ShownSkipped} more" : "";
            environment.Error.WriteLine(
                $"{list.Skipped.Count} entries are no prices of tokens and are left out: {string.Join(", ", list.Skipped.Take(ShownSkipped).Select(entry => $"{entry.Place} ({entry.Reason})"))}{more}.");
        }
    }

    private static int Print(KtEnvironment environment, Printer printer, JsonElement answer, bool isDiff)
    {
        var changes = answer.GetProperty("changes").EnumerateArray().Where(change => change.Text("kind") != "unchanged").ToList();
        if (printer.IsJson)
        {
            printer.Json(answer);
        }
        else if (changes.Count > 0)
        {
            printer.Table(["change", "provider", "model", "tier", "rate", ">before", ">after", ">%", ""], changes.SelectMany(Lines));
        }

        var total = answer.GetProperty("changes").GetArrayLength();
        var suspicious = changes.Count(change => change.GetProperty("suspicious").GetBoolean());
        environment.Error.WriteLine(
            $"{changes.Count(change => change.Text("kind") == "added")} added, {changes.Count(change => change.Text("kind") == "changed")} changed, {total - changes.Count} unchanged"
            + (suspicious > 0 ? $", {suspicious} look like a slip (ten times or more)." : "."));
        if (!isDiff)
        {
            environment.Error.WriteLine(
                changes.Count == 0 ? "Nothing to change." : answer.GetProperty("applied").GetBoolean() ? "In force." : "Nothing has changed yet: add --apply.");
        }

        return isDiff && changes.Count > 0 ? ExitCodes.Failed : ExitCodes.Ok;
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

    private static string Shown(decimal? value) => value?.ToString("0.00#######", CultureInfo.InvariantCulture) ?? "–";

    private static string Percent(decimal? before, decimal after) =>
        before is > 0 and var old ? ((after - old) / old * 100).ToString("+0.0;-0.0", CultureInfo.InvariantCulture) : "";
}
