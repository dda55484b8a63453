using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Platform.Cli.Prices;

/// <summary>
/// The list that LiteLLM's community keeps (model_prices_and_context_window.json): an object by model, each with its provider and prices of one token in USD. A
/// key may carry its provider as a prefix ("gemini/…"), which is not part of the model's name. Prices of batches, of
/// flex and of priority processing become tiers, each with its own rates of long requests. What the list does not say of those there is not. Some entries state their rates by ranges of
/// input instead (tiered_pricing): the first begins at 0, the others are rates of long requests. A model that stands there under both of its keys ("deepseek-chat", "deepseek/deepseek-chat") is
/// taken once, by the one that names its provider.
/// </summary>
internal static partial class CommunityPriceList
{
    private const decimal TokensPerMillion = 1_000_000;

    /// <summary>What the price book takes in USD: an entry beyond it is left out by name, where the book would refuse the list.</summary>
    private const decimal MostDollars = 10_000;

    private const string Sample = "sample_spec";
    private const string Ranges = "tiered_pricing";

    private static readonly (string Name, string Suffix)[] Tiers = [("batch", "_batches"), ("flex", "_flex"), ("priority", "_priority")];

    public static bool Looks(ReadOnlyMemory<byte> bytes)
    {
        using var document = Parse(bytes);
        return document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.EnumerateObject().Any(entry => entry.Value.ValueKind == JsonValueKind.Object && entry.Value.TryGetProperty("litellm_provider", out _));
    }

    /// <param name="provider">Entries of others are passed over, and not told of; null for all.</param>
    public static PriceList Read(ReadOnlyMemory<byte> bytes, bool allowFree = false, string? provider = null)
    {
        using var document = Parse(bytes);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new KtError(ExitCodes.Failed, "The community's list is an object by model; this file is not.");
        }

        var prices = new List<PriceEntry>();
        var skipped = new List<(string Place, string Reason)>();
        foreach (var entry in document.RootElement.EnumerateObject())
        {
            if (entry.Name == Sample || (provider is not null && ProviderOf(entry.Value) != provider))
            {
                continue;
            }

            if (WhyNot(entry.Value) is { } reason)
            {
                skipped.Add((entry.Name, reason));
                continue;
            }

            try
            {
                var read = ReadEntry(entry.Name, entry.Value);
                prices.AddRange(read.Where(price => allowFree || !price.IsFree));
                skipped.AddRange(read.Where(price => !allowFree && price.IsFree).Select(price => (entry.Name, "costs nothing; --allow-free takes it")));
            }
            catch (KtError error)
            {
                // Such a list has thousands of entries; one that cannot be kept exactly is left out by name, not the list for its sake.
                skipped.Add((entry.Name, error.Message));
            }
        }

        return Once(prices, skipped);
    }

    /// <summary>
    /// Each price once, since a book takes no list that says one twice: of a model with two keys all that one of them says, and of a key that stands there twice what it says last. Where two keys differ,
    /// that comes first among what is left out.
    /// </summary>
    private static PriceList Once(List<PriceEntry> prices, List<(string Place, string Reason)> skipped)
    {
        var kept = new List<PriceEntry>(prices.Count);
        foreach (var model in prices.GroupBy(price => (price.Provider, price.Model)))
        {
            var keys = model.GroupBy(price => price.Place, (place, entries) => (Place: place, Tiers: entries.GroupBy(price => price.Tier).Select(same => same.Last()).ToList())).ToList();
            var taken = keys.FindIndex(key => key.Place != model.Key.Model) is var named and >= 0 ? keys[named] : keys[0];
            kept.AddRange(taken.Tiers);
            foreach (var other in keys.Where(key => key.Place != taken.Place))
            {
                var isSame = other.Tiers.Count == taken.Tiers.Count && other.Tiers.TrueForAll(tier => taken.Tiers.Exists(same => same.Tier == tier.Tier && same.CostsAs(tier)));
                skipped.Insert(isSame ? skipped.Count : 0, (other.Place, $"{taken.Place} is the same model{(isSame ? "" : " at other prices, and is taken: look at them")}"));
            }
        }

        return new PriceList(kept, skipped);
    }

    private static string? ProviderOf(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("litellm_provider", out var provider) && provider.ValueKind == JsonValueKind.String ? provider.GetString() : null;

    private static string? WhyNot(JsonElement entry) =>
        ProviderOf(entry) is null ? "no provider"
        : entry.TryGetProperty(Ranges, out var ranges) && ranges.ValueKind == JsonValueKind.Array && ranges.GetArrayLength() > 0 ? null
        : !entry.TryGetProperty("input_cost_per_token", out _) ? "no price of input tokens"
        : !entry.TryGetProperty("output_cost_per_token", out _) ? "no price of output tokens"
        : null;

    private static List<PriceEntry> ReadEntry(string key, JsonElement entry)
    {
        var provider = ProviderOf(entry)!;
        var model = key.StartsWith(provider + "/", StringComparison.Ordinal) ? key[(provider.Length + 1)..] : key;
        if (entry.TryGetProperty(Ranges, out var ranges) && ranges.ValueKind == JsonValueKind.Array && ranges.GetArrayLength() > 0)
        {
            return [ReadRanges(new PriceEntry(key, provider, model) { Currency = "USD" }, ranges)];
        }

        return
        [
            Price(null, ""),
            .. Tiers.Where(tier => entry.TryGetProperty("input_cost_per_token" + tier.Suffix, out _) && entry.TryGetProperty("output_cost_per_token" + tier.Suffix, out _))
                .Select(tier => Price(tier.Name, tier.Suffix)),
        ];

        PriceEntry Price(string? tier, string suffix)
        {
            var rates = Rates(key, entry, suffix);
            return new PriceEntry(key, provider, model)
            {
                Currency = "USD",
                Tier = tier,
                Rates = rates,
                PerRequest = tier is null ? Figure(key, entry, "input_cost_per_request", scale: 1) : null,
                ContextTiers = [.. Thresholds(entry, suffix).Select(threshold => (threshold * 1_000, Rates(key, entry, $"_above_{threshold}k_tokens{suffix}", rates)))],
            };
        }
    }

    private static PriceEntry ReadRanges(PriceEntry entry, JsonElement ranges)
    {
        // Each begins where the one before it ends.
        var read = ranges.EnumerateArray().Select(range => (Above: AboveOf(entry.Place, range), Rates: Rates(entry.Place, range, ""))).OrderBy(range => range.Above).ToList();
        return read[0].Above == 0 && read.TrueForAll(range => range.Rates is { Input: not null, Output: not null })
            ? entry with { Rates = read[0].Rates, ContextTiers = read[1..] }
            : throw new KtError(ExitCodes.Failed, $"{entry.Place}: {Ranges} must begin at 0 tokens and say input_cost_per_token and output_cost_per_token of each range.");
    }

    private static long AboveOf(string key, JsonElement range) =>
        range.ValueKind == JsonValueKind.Object && range.TryGetProperty("range", out var bounds) && bounds.ValueKind == JsonValueKind.Array && bounds.GetArrayLength() == 2
        && bounds[0].ValueKind == JsonValueKind.Number && bounds[0].TryGetDecimal(out var from) && from >= 0 && from <= int.MaxValue && decimal.IsInteger(from)
            ? (long)from
            : throw new KtError(ExitCodes.Failed, $"{key}: each of {Ranges} must have a range of two numbers of tokens.");

    /// <param name="otherwise">What a threshold's entry does not state again.</param>
    private static PriceRates Rates(string key, JsonElement entry, string suffix, PriceRates? otherwise = null)
    {
        decimal? Of(string name) => Figure(key, entry, name + suffix, TokensPerMillion);
        return new PriceRates(
            Of("input_cost_per_token") ?? otherwise?.Input,
            Of("cache_read_input_token_cost") ?? Of("input_cost_per_token_cache_hit") ?? otherwise?.CachedInput,
            Of("cache_creation_input_token_cost") ?? otherwise?.CacheWrite,
            Of("cache_creation_input_token_cost_above_1hr") ?? otherwise?.CacheWriteHour,
            Of("output_cost_per_token") ?? otherwise?.Output,
            Of("output_cost_per_reasoning_token") ?? otherwise?.Reasoning);
    }

    private static IEnumerable<long> Thresholds(JsonElement entry, string suffix) => entry.EnumerateObject()
        .Select(property => ThresholdPattern().Match(property.Name))
        .Where(match => match.Success && match.Groups[2].ValueSpan.SequenceEqual(suffix))
        .Select(match => long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture))
        .Distinct()
        .Order();

    private static decimal? Figure(string key, JsonElement entry, string name, decimal scale) =>
        entry.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? PriceListReader.Figure(value.ValueKind == JsonValueKind.Number ? value.GetRawText() : value.ToString(), key, name, scale, MostDollars)
            : null;

    private static JsonDocument Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return JsonDocument.Parse(bytes);
        }
        catch (JsonException exception)
        {
            throw new KtError(ExitCodes.Failed, $"The file is no JSON: {exception.Message}");
        }
    }

    [GeneratedRegex(@"^(?:input|output)_cost_per_token_above_(\d+)k_tokens(_batches|_flex|_priority)?\z")]
    private static partial Regex ThresholdPattern();
}
