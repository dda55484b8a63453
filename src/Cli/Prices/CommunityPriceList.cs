using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Platform.Cli.Prices;

/// <summary>
/// The list that LiteLLM's community keeps (model_prices_and_context_window.json): an object by model, each with its provider and prices of one token in USD. A
/// key may carry its provider as a prefix ("gemini/…"), which is not part of the model's name. Prices of batches, of
/// flex and of priority processing become tiers, each with its own rates of long requests. What the list does not say of those there is not. Some entries state their rates by ranges of
/// input instead (tiered_pricing): the first begins at 0, the others are rates of long requests, and what a range does not say of caches and reasoning is as the entry says beside them. A model that stands there under both of its keys ("deepseek-chat", "deepseek/deepseek-chat") is
/// taken once, by the one that names its provider.
/// </summary>
internal static partial class CommunityPriceList
{
    private const decimal TokensPerMillion = 1_000_000;

    /// <summary>What the price book takes in USD: an entry beyond it is left out by name, where the book would refuse the list.</summary>
    private const decimal MostDollars = 10_000;

    private const string Sample = "sample_spec";
    private const string Ranges = "tiered_pricing";

    /// <summary>As many rates of long requests as the price book takes of a price.</summary>
    private const int MostContextTiers = 5;

    /// <summary>As long as the price book takes a name.</summary>
    private const int LongestName = 200;

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

        // Of a key that stands there twice the last entry counts, as a whole: so readers of JSON have it.
        foreach (var entry in document.RootElement.EnumerateObject().GroupBy(entry => entry.Name, (_, same) => same.Last()))
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
                var read = ReadEntry(entry.Name, entry.Value).ConvertAll(Checked);
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
    /// Each price once, since a book takes no list that says one twice: of a model with two keys all that one of them says. Where the two differ, that comes first among what is left out.
    /// </summary>
    private static PriceList Once(List<PriceEntry> prices, List<(string Place, string Reason)> skipped)
    {
        var kept = new List<PriceEntry>(prices.Count);
        foreach (var model in prices.GroupBy(price => (price.Provider, price.Model)))
        {
            var keys = model.GroupBy(price => price.Place, (place, tiers) => (Place: place, Tiers: tiers.ToList())).ToList();
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
        : RangesOf(entry) is not null ? null
        : !Says(entry, "input_cost_per_token") ? "no price of input tokens"
        : !Says(entry, "output_cost_per_token") ? "no price of output tokens"
        : null;

    /// <summary>A price without a figure is null in some entries.</summary>
    private static bool Says(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    private static bool SaysBoth(JsonElement entry, string suffix) => Says(entry, "input_cost_per_token" + suffix) && Says(entry, "output_cost_per_token" + suffix);

    /// <summary>Null where there are none, or where none of them is of tokens and the entry says its rates beside them.</summary>
    private static JsonElement? RangesOf(JsonElement entry) =>
        entry.TryGetProperty(Ranges, out var ranges) && ranges.ValueKind == JsonValueKind.Array && ranges.GetArrayLength() > 0
        && (!SaysBoth(entry, "") || ranges.EnumerateArray().Any(range => AboveOf(range) is not null)) ? ranges : null;

    private static List<PriceEntry> ReadEntry(string key, JsonElement entry)
    {
        var provider = ProviderOf(entry)!;
        var model = key.StartsWith(provider + "/", StringComparison.Ordinal) ? key[(provider.Length + 1)..] : key;
        return
        [
            RangesOf(entry) is { } ranges
                ? ReadRanges(new PriceEntry(key, provider, model) { Currency = "USD", PerRequest = PerRequest() }, ranges, Rates(key, entry, "") with { Input = null, Output = null })
                : Price(null, ""),
            .. Tiers.Where(tier => SaysBoth(entry, tier.Suffix)).Select(tier => Price(tier.Name, tier.Suffix)),
        ];

        decimal? PerRequest() => Figure(key, entry, "input_cost_per_request", scale: 1);

        PriceEntry Price(string? tier, string suffix)
        {
            var rates = Rates(key, entry, suffix);
            return new PriceEntry(key, provider, model)
            {
                Currency = "USD",
                Tier = tier,
                Rates = rates,
                PerRequest = tier is null ? PerRequest() : null,
                ContextTiers = [.. Thresholds(entry, suffix).Select(threshold => (threshold * 1_000, Rates(key, entry, $"_above_{threshold}k_tokens{suffix}", rates)))],
            };
        }
    }

    /// <param name="otherwise">What a range does not state of the other kinds.</param>
    private static PriceEntry ReadRanges(PriceEntry entry, JsonElement ranges, PriceRates otherwise)
    {
        // Each begins where the one before it ends.
        var read = ranges.EnumerateArray()
            .Select(range => (
                Above: AboveOf(range) ?? throw new KtError(ExitCodes.Failed, $"{entry.Place}: each of {Ranges} must have a range of two numbers of tokens."),
                Rates: Rates(entry.Place, range, "", otherwise)))
            .OrderBy(range => range.Above)
            .ToList();
        return read[0].Above == 0
            ? entry with { Rates = read[0].Rates, ContextTiers = read[1..] }
            : throw new KtError(ExitCodes.Failed, $"{entry.Place}: {Ranges} must begin at 0 tokens.");
    }

    /// <summary>The tokens that a range begins at; null where it is none of tokens.</summary>
    private static long? AboveOf(JsonElement range) =>
        range.ValueKind == JsonValueKind.Object && range.TryGetProperty("range", out var bounds) && bounds.ValueKind == JsonValueKind.Array && bounds.GetArrayLength() == 2
        && bounds[0].ValueKind == JsonValueKind.Number && bounds[0].TryGetDecimal(out var from) && from >= 0 && from <= int.MaxValue && decimal.IsInteger(from)
            ? (long)from
            : null;

    /// <summary>The price, unless the book would refuse it and with it the list.</summary>
    private static PriceEntry Checked(PriceEntry price)
    {
        var tiers = price.ContextTiers ?? [];
        var complaint =
            price.Provider.Length is 0 or > LongestName ? $"litellm_provider must have 1 to {LongestName} characters."
            : price.Model.Length is 0 or > LongestName ? $"the model's name must have 1 to {LongestName} characters."
            : price.Provider.Contains('\0', StringComparison.Ordinal) || price.Model.Contains('\0', StringComparison.Ordinal) ? "names must not contain U+0000."
            : !tiers.Select(tier => tier.Rates).Prepend(price.Rates).All(rates => rates is { Input: not null, Output: not null })
                ? "input_cost_per_token and output_cost_per_token must be there, in each range too."
            : tiers.Count > MostContextTiers ? $"there must be at most {MostContextTiers} rates of long requests; there are {tiers.Count}."
            : !tiers.Select(tier => tier.AboveInputTokens).Prepend(0).Zip(tiers, (below, tier) => below < tier.AboveInputTokens).All(rises => rises)
                ? "rates of long requests must each begin at another number of tokens."
            : null;
        return complaint is null ? price : throw new KtError(ExitCodes.Failed, $"{price.Place}: {complaint}");
    }

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

    [GeneratedRegex(@"^(?:input|output)_cost_per_token_above_([0-9]{1,9})k_tokens(_batches|_flex|_priority)?\z")]
    private static partial Regex ThresholdPattern();
}
