using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Cli.Prices;

namespace Platform.Cli.Commands;

/// <summary><c>kt prices set</c>: a version of one model's price.</summary>
internal static class PriceSetCommand
{
    private static readonly string[] Subject = ["provider", "model", "tier", "region", "currency"];

    public static Command Create(KtEnvironment environment)
    {
        var provider = new Argument<string>("provider") { Description = "As records name it, such as openai." };
        var model = new Argument<string>("model") { Description = "As the provider serves it, such as gpt-4o-mini." };
        var input = CommonOptions.Required("--input", "Price of a million tokens of input.");
        var outputRate = CommonOptions.Required("--output-rate", "Price of a million tokens of output.");
        var cached = CommonOptions.Text("--cached-input", "Of input that a cache served; as --input when absent.");
        var write = CommonOptions.Text("--cache-write", "Of input written to a cache; as --input when absent.");
        var writeHour = CommonOptions.Text("--cache-write-1h", "Of input written to a cache for an hour; as --cache-write when absent.");
        var reasoning = CommonOptions.Text("--reasoning", "Of reasoning, where it is billed apart; as --output-rate when absent.");
        var perRequest = CommonOptions.Text("--per-request", "Fee for a request.");
        var discount = CommonOptions.Text("--discount", "Negotiated off all of them, in percent; as it was when absent, 0 takes it away.");
        var tier = CommonOptions.Text("--tier", "Service tier: standard (default), batch, flex, priority, …");
        var region = CommonOptions.Text("--region", "Region; every region without a price of its own when absent.");
        var currency = CommonOptions.Text("--currency", "USD when absent.");
        var from = DateOption.Moment("--from", "In force from this time; now when absent.");
        var retroactive = new Option<bool>("--retroactive") { Description = "Needed for a --from in the past: usage since then is rated anew, by corrections." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only what it would change, and how many records it would correct, in which months and by how much." };
        var noTiers = new Option<bool>("--no-context-tiers") { Description = "Take the context tiers of the version before away; they stay as they are otherwise." };
        var source = CommonOptions.Required("--source", "Where the figures come from, with the date.");
        var output = CommonOptions.Output();
        return new Command("set", "Set a model's price; the one before ends where it begins, and one with the same beginning is superseded. Context tiers: kt prices import.").Does(
            async (parsed, cancellation) =>
            {
                decimal? Figure(Option<string?> option) => PriceListReader.Typed(parsed.GetValue(option) ?? "", "kt prices set", option.Name);
                var rates = new PriceRates(
                    PriceListReader.Typed(parsed.GetRequiredValue(input), "kt prices set", input.Name), Figure(cached), Figure(write), Figure(writeHour),
                    PriceListReader.Typed(parsed.GetRequiredValue(outputRate), "kt prices set", outputRate.Name), Figure(reasoning));
                var (fee, off) = (Figure(perRequest), Figure(discount));
                using var api = environment.Connect();
                using var inForce = await api.GetAsync(
                    Query.Path("v1/model-pricing", ("at", parsed.GetValue(from)), ("provider", parsed.GetValue(provider)), ("model", parsed.GetValue(model))), cancellation);
                using var answer = await api.PostAsync(
                    "v1/model-pricing",
                    body =>
                    {
                        body.WriteString("provider", parsed.GetRequiredValue(provider));
                        body.WriteString("model", parsed.GetRequiredValue(model));
                        body.WriteString("currency", parsed.GetValue(currency) ?? "USD");
                        body.WriteOptional("tier", parsed.GetValue(tier));
                        body.WriteOptional("region", parsed.GetValue(region));
                        rates.WriteTo(body);
                        PriceEntry.Write(body, "per_request", fee);
                        PriceEntry.Write(body, "discount_percent", off);
                        body.WriteOptional("effective_from", parsed.GetValue(from));
                        body.WriteString("source", parsed.GetRequiredValue(source));
                        if (parsed.GetValue(noTiers))
                        {
                            body.WriteStartArray("context_tiers");
                            body.WriteEndArray();
                        }

                        foreach (var (name, option) in new[] { ("retroactive", retroactive), ("dry_run", dryRun) })
                        {
                            if (parsed.GetValue(option))
                            {
                                body.WriteBoolean(name, true);
                            }
                        }
                    },
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                var price = parsed.GetValue(dryRun) ? answer.RootElement.GetProperty("changes")[0].GetProperty("after") : answer.RootElement;
                TellFollowing(environment, inForce.RootElement, price, rates, fee);
                if (parsed.GetValue(dryRun))
                {
                    return PriceChanges.Print(environment, printer, answer.RootElement, isDiff: false, isSet: true);
                }

                TellKept(environment, answer.RootElement, saysDiscount: parsed.GetValue(discount) is not null);
                printer.Show(answer.RootElement, () => printer.Table(["version", "currency", .. PricesCommand.RateColumns, "from", "to"], [[answer.RootElement.Text("price_id"), answer.RootElement.Text("currency"), .. PricesCommand.RateCells(answer.RootElement), answer.RootElement.Time("effective_from"), answer.RootElement.Time("effective_to")]]));

                return ExitCodes.Ok;
            },
            provider, model, input, outputRate, cached, write, writeHour, reasoning, perRequest, discount, tier, region, currency, from, retroactive, dryRun, noTiers, source, output);
    }

    /// <summary>
    /// Says which rates of the version before stood apart from the rate that they are read as when nothing is given, and are gone because nothing was. A cached rate that is
    /// forgotten charges ten times what the provider does, and nobody would see it before the bill.
    /// </summary>
    /// <param name="inForce">What the book had for the model where the price begins, before it was set.</param>
    private static void TellFollowing(KtEnvironment environment, JsonElement inForce, JsonElement price, PriceRates given, decimal? fee)
    {
        var before = inForce.GetProperty("prices").EnumerateArray().FirstOrDefault(
            other => Subject.All(part => other.Text(part) == price.Text(part)));
        if (before.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        (string Option, decimal? Given, string Field, string? ReadAs, string As)[] rates =
        [
            ("--cached-input", given.CachedInput, "cached_input_per_million", "input_per_million", ", as --input"),
            ("--cache-write", given.CacheWrite, "cache_write_per_million", "input_per_million", ", as --input"),
            ("--cache-write-1h", given.CacheWriteHour, "cache_write_1h_per_million", "cache_write_per_million", ", as --cache-write"),
            ("--reasoning", given.Reasoning, "reasoning_per_million", "output_per_million", ", as --output-rate"), ("--per-request", fee, "per_request", null, ""),
        ];
        foreach (var (option, value, field, readAs, says) in rates)
        {
            var (old, now) = (before.GetProperty(field).GetDecimal(), price.GetProperty(field).GetDecimal());
            if (value is null && old != now && old != (readAs is null ? 0 : before.GetProperty(readAs).GetDecimal()))
            {
                environment.Error.WriteLine($"{option} is not given: {before.Exact(field)} before, {price.Exact(field)} now{says}.");
            }
        }
    }

    private static void TellKept(KtEnvironment environment, JsonElement price, bool saysDiscount)
    {
        if (price.TryGetProperty("context_tiers", out var tiers) && tiers.GetArrayLength() > 0)
        {
            environment.Error.WriteLine(
                $"Its rates above {string.Join(" and ", tiers.EnumerateArray().Select(tier => tier.Count("above_input_tokens")))} tokens of input stay as they were: "
                + "kt prices import changes them, --no-context-tiers takes them away.");
        }

        if (!saysDiscount && PricesCommand.Discount(price) is { Length: > 0 } kept)
        {
            environment.Error.WriteLine($"Its discount of {kept} stays as it was: --discount 0 takes it away.");
        }
    }
}
