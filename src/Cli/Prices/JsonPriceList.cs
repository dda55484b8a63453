using System.Text.Json;

namespace Platform.Cli.Prices;

/// <summary>
/// A list in the API's own words: an array of prices, or an object with an array "prices" and where wanted one "aliases", so that <c>kt prices list -o json</c> can be
/// read back.
/// </summary>
internal static class JsonPriceList
{
    public static PriceList Read(ReadOnlyMemory<byte> bytes)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(bytes);
        }
        catch (JsonException exception)
        {
            throw new KtError(ExitCodes.Failed, $"The file is no JSON: {exception.Message}");
        }

        using (document)
        {
            var root = document.RootElement;
            var prices = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("prices", out var listed) ? listed : root;
            return prices.ValueKind == JsonValueKind.Array
                ? new PriceList([.. prices.EnumerateArray().Select((price, index) => ReadPrice($"prices[{index + 1}]", price))], []) { Aliases = ReadAliases(root) }
                : throw new KtError(ExitCodes.Failed, "The file must be an array of prices, or an object with an array \"prices\".");
        }
    }

    private static PriceEntry ReadPrice(string place, JsonElement price)
    {
        if (price.ValueKind != JsonValueKind.Object)
        {
            throw new KtError(ExitCodes.Failed, $"{place} must be an object.");
        }

        return new PriceEntry(place, Text(price, "provider") ?? "", Text(price, "model") ?? "")
        {
            Currency = Text(price, "currency"),
            Tier = Text(price, "tier"),
            Region = Text(price, "region"),
            Rates = Rates(place, price),
            PerRequest = Figure(place, price, "per_request"),
            DiscountPercent = Figure(place, price, "discount_percent"),
            ContextTiers = price.TryGetProperty("context_tiers", out var tiers) && tiers.ValueKind == JsonValueKind.Array
                ? [.. tiers.EnumerateArray().Select(tier => (Threshold(place, tier), Rates(place, tier)))]
                : null,
            Source = Text(price, "source"),
        };
    }

    private static AliasEntry[] ReadAliases(JsonElement root) => root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("aliases", out var aliases) ? []
        : aliases.ValueKind == JsonValueKind.Array && aliases.EnumerateArray().All(alias => alias.ValueKind == JsonValueKind.Object)
            ? [.. aliases.EnumerateArray().Select(alias => new AliasEntry(Text(alias, "provider") ?? "", Text(alias, "alias") ?? "", Text(alias, "model") ?? "", Text(alias, "source")))]
            : throw new KtError(ExitCodes.Failed, "aliases must be an array of objects with provider, alias and model.");

    private static PriceRates Rates(string place, JsonElement price) => new(
        Figure(place, price, "input_per_million"), Figure(place, price, "cached_input_per_million"), Figure(place, price, "cache_write_per_million"),
        Figure(place, price, "cache_write_1h_per_million"), Figure(place, price, "output_per_million"), Figure(place, price, "reasoning_per_million"));

    private static long Threshold(string place, JsonElement tier) =>
        tier.ValueKind == JsonValueKind.Object && tier.TryGetProperty("above_input_tokens", out var above) && above.ValueKind == JsonValueKind.Number && above.TryGetInt64(out var tokens)
            ? tokens
            : throw new KtError(ExitCodes.Failed, $"{place}: context_tiers need above_input_tokens, a whole number.");

    private static string? Text(JsonElement price, string name) =>
        price.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private static decimal? Figure(string place, JsonElement price, string name) =>
        price.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? PriceListReader.Figure(value.ToString(), place, name) : null;
}
