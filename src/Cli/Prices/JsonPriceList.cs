using System.Text.Json;

namespace Platform.Cli.Prices;

/// <summary>
/// A list in the API's own words: an array of prices, or an object with an array "prices" and where wanted one "aliases", so that <c>kt prices list -o json</c> can be
/// read back. A field that there is not is refused: what is left out has a price too, that of plain input or output, so a slip of the pen would be one of money.
/// </summary>
internal static class JsonPriceList
{
    private static readonly string[] Rates =
        ["input_per_million", "cached_input_per_million", "cache_write_per_million", "cache_write_1h_per_million", "output_per_million", "reasoning_per_million"];

    private static readonly string[] Price =
        ["provider", "model", "currency", "tier", "region", .. Rates, "per_request", "discount_percent", "context_tiers", "effective_from", "source"];

    /// <summary>A stored version's, as <c>kt prices list</c> answers it, known by its id.</summary>
    private static readonly string[] Version = ["price_id", .. Price, "effective_to", "recorded_at", "set_by"];

    private static readonly string[] Tier = ["above_input_tokens", .. Rates];

    private static readonly string[] Alias = ["provider", "alias", "model", "source"];

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
            RequireKnown("The file", root, ["prices", "aliases"]);
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

        var isStored = price.TryGetProperty("price_id", out _);
        RequireKnown(place, price, isStored ? Version : Price);
        return new PriceEntry(place, Text(place, price, "provider") ?? "", Text(place, price, "model") ?? "")
        {
            Currency = Text(place, price, "currency"),
            Tier = Text(place, price, "tier"),
            Region = Text(place, price, "region"),
            Rates = ReadRates(place, price),
            PerRequest = Figure(place, price, "per_request"),
            DiscountPercent = Figure(place, price, "discount_percent"),
            ContextTiers = ReadTiers(place, price),
            EffectiveFrom = Text(place, price, "effective_from"),
            IsStored = isStored,
            Source = Text(place, price, "source"),
        };
    }

    private static List<(long AboveInputTokens, PriceRates Rates)>? ReadTiers(string place, JsonElement price)
    {
        if (!price.TryGetProperty("context_tiers", out var tiers) || tiers.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return tiers.ValueKind == JsonValueKind.Array
            ? [.. tiers.EnumerateArray().Select((tier, index) => ReadTier($"{place}.context_tiers[{index + 1}]", tier))]
            : throw new KtError(ExitCodes.Failed, $"{place}: context_tiers must be an array.");
    }

    private static (long AboveInputTokens, PriceRates Rates) ReadTier(string place, JsonElement tier)
    {
        RequireKnown(place, tier, Tier);
        return tier.ValueKind == JsonValueKind.Object && tier.TryGetProperty("above_input_tokens", out var above) && above.ValueKind == JsonValueKind.Number && above.TryGetInt64(out var tokens)
            ? (tokens, ReadRates(place, tier))
            : throw new KtError(ExitCodes.Failed, $"{place} needs above_input_tokens, a whole number.");
    }

    private static AliasEntry[] ReadAliases(JsonElement root) => root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("aliases", out var aliases) ? []
        : aliases.ValueKind == JsonValueKind.Array && aliases.EnumerateArray().All(alias => alias.ValueKind == JsonValueKind.Object)
            ? [.. aliases.EnumerateArray().Select((alias, index) => ReadAlias($"aliases[{index + 1}]", alias))]
            : throw new KtError(ExitCodes.Failed, "aliases must be an array of objects with provider, alias and model.");

    private static AliasEntry ReadAlias(string place, JsonElement alias)
    {
        RequireKnown(place, alias, Alias);
        return new AliasEntry(Text(place, alias, "provider") ?? "", Text(place, alias, "alias") ?? "", Text(place, alias, "model") ?? "", Text(place, alias, "source"));
    }

    private static PriceRates ReadRates(string place, JsonElement price) => new(
        Figure(place, price, "input_per_million"), Figure(place, price, "cached_input_per_million"), Figure(place, price, "cache_write_per_million"),
        Figure(place, price, "cache_write_1h_per_million"), Figure(place, price, "output_per_million"), Figure(place, price, "reasoning_per_million"));

    private static void RequireKnown(string place, JsonElement value, string[] known)
    {
        if (value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Select(field => field.Name).Except(known).ToList() is { Count: > 0 } unknown)
        {
            throw new KtError(ExitCodes.Failed, $"{place} has {string.Join(", ", unknown)}, which is none of {string.Join(", ", known)}.");
        }
    }

    /// <summary>Null where there is none.</summary>
    private static string? Text(string place, JsonElement price, string name) =>
        !price.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind != JsonValueKind.String ? throw new KtError(ExitCodes.Failed, $"{place}: {name} must be text.")
        : value.GetString() is { Length: > 0 } text ? text
        : null;

    private static decimal? Figure(string place, JsonElement price, string name) =>
        price.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? PriceListReader.Figure(value.ToString(), place, name) : null;
}
