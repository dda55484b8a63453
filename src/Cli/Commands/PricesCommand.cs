using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt prices list|show|set|import|diff|unpriced</c>: the price book.</summary>
internal static class PricesCommand
{
    internal static readonly string[] RateColumns = [">input", ">cached input", ">cache write", ">write 1h", ">output", ">reasoning", ">discount"];

    public static Command Create(KtEnvironment environment) => new("prices", "The price book.")
    {
        List(environment), Show(environment), PriceSetCommand.Create(environment), PriceImportCommand.CreateImport(environment),
        PriceImportCommand.CreateDiff(environment), Unpriced(environment),
    };

    internal static IReadOnlyList<string> RateCells(JsonElement price) =>
    [
        price.Exact("input_per_million"), price.Exact("cached_input_per_million"), price.Exact("cache_write_per_million"),
        price.Exact("cache_write_1h_per_million"), price.Exact("output_per_million"), price.Exact("reasoning_per_million"), Discount(price),
    ];

    private static Command List(KtEnvironment environment)
    {
        var at = DateOption.Moment("--at", "Prices in force at this date or time; now when absent.");
        var provider = CommonOptions.Text("--provider", "Only this provider's.");
        var tier = CommonOptions.Text("--tier", "Only this service tier's: standard, batch, …");
        var output = CommonOptions.Output();
        return new Command("list", "Prices in force, a million tokens.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAllAsync(
                    "v1/model-pricing", "prices", [("at", parsed.GetValue(at)), ("provider", parsed.GetValue(provider)), ("tier", parsed.GetValue(tier))], cancellation);
                Print(environment.Printer(parsed.GetValue(output)), answer, ["provider", "model", "tier", "currency", .. RateColumns, "from"], price =>
                    [price.Text("provider"), price.Text("model"), Tier(price), price.Text("currency"), .. RateCells(price), price.Time("effective_from")]);
                return ExitCodes.Ok;
            },
            at, provider, tier, output);
    }

    private static Command Show(KtEnvironment environment)
    {
        var provider = new Argument<string>("provider") { Description = "As records name it, such as openai." };
        var model = new Argument<string>("model") { Description = "As the provider serves it, such as gpt-4o-mini." };
        var output = CommonOptions.Output();
        return new Command("show", "All versions of a model's prices, with tiers, context tiers and sources.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(
                    api, parsed.GetValue(output),
                    Query.Path("v1/model-pricing", ("provider", parsed.GetValue(provider)), ("model", parsed.GetValue(model)), ("all_versions", "true")), cancellation);
                if (answer.RootElement.GetProperty("prices").GetArrayLength() == 0)
                {
                    throw new KtError(ExitCodes.Failed, $"{parsed.GetValue(provider)} {parsed.GetValue(model)} has no price. kt prices list names what has one.");
                }

                var printer = environment.Printer(parsed.GetValue(output));
                printer.Show(answer.RootElement, () => printer.Table(
                    ["version", "tier", "currency", "above", .. RateColumns, "from", "to", "set by", "set at", "source"],
                    answer.RootElement.GetProperty("prices").EnumerateArray().SelectMany(Lines)));

                return ExitCodes.Ok;
            },
            provider, model, output);
    }

    private static Command Unpriced(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        return new Command("unpriced", "Usage that is stored without a cost, and waits for a price.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync("v1/model-pricing/unpriced", cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Show(answer.RootElement, () => printer.List(["provider", "model", "tier", ">records", ">tokens", "first", "last"], answer.RootElement.GetProperty("usage").EnumerateArray().Select(usage =>
                    (IReadOnlyList<string>)[
                        usage.Text("provider"), usage.Text("model"), Tier(usage), usage.Count("records"), usage.Count("tokens"), usage.Time("first_occurred_at"),
                        usage.Time("last_occurred_at")])));
                NoteLeftOut(environment, answer.RootElement);
                return ExitCodes.Ok;
            },
            output);
    }

    /// <summary>What the list leaves out is unpriced all the same. A platform of a release before does not say how much there is.</summary>
    private static void NoteLeftOut(KtEnvironment environment, JsonElement answer)
    {
        var listed = answer.GetProperty("usage");
        if (answer.TryGetProperty("usage_total", out var total) && total.GetInt64() > listed.GetArrayLength())
        {
            var records = answer.GetProperty("records_total").GetInt64() - listed.EnumerateArray().Sum(usage => usage.GetProperty("records").GetInt64());
            environment.Error.WriteLine(
                $"{total.GetInt64() - listed.GetArrayLength():#,##0} more, with {records:#,##0} records, are not shown: those with the most records stand first, and make room for others as they are priced.");
        }
    }

    private static void Print(Printer printer, JsonDocument answer, IReadOnlyList<string> columns, Func<JsonElement, IReadOnlyList<string>> row)
    {
        printer.Show(answer.RootElement, () => printer.List(columns, answer.RootElement.GetProperty("prices").EnumerateArray().Select(row)));
    }

    /// <summary>A version's own line, and one a context tier below it.</summary>
    private static IEnumerable<IReadOnlyList<string>> Lines(JsonElement price)
    {
        yield return
        [
            price.Text("price_id"), Tier(price), price.Text("currency"), "", .. RateCells(price), price.Time("effective_from"), End(price), Output.Show.OrAll(price.Text("set_by"), "–"), price.Time("recorded_at"), price.Text("source"),
        ];
        foreach (var tier in price.GetProperty("context_tiers").EnumerateArray())
        {
            yield return ["", "", "", tier.Count("above_input_tokens"), .. RateCells(tier), "", "", "", "", ""];
        }
    }

    /// <summary>One that a later price with the same beginning has superseded ends where it begins.</summary>
    private static string End(JsonElement price) =>
        price.Text("effective_to") is { Length: > 0 } end && end == price.Text("effective_from") ? "superseded" : price.Time("effective_to");

    private static string Tier(JsonElement price) => price.Text("tier") + (price.Text("region").Length == 0 ? "" : $" {price.Text("region")}");

    /// <summary>Empty where there is none.</summary>
    internal static string Discount(JsonElement price) =>
        price.TryGetProperty("discount_percent", out var percent) && percent.GetDecimal() is > 0 and var value ? $"{value.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture)} %" : "";
}
