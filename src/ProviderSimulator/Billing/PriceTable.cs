using System.Diagnostics.CodeAnalysis;

namespace Platform.ProviderSimulator.Billing;

/// <summary>Whose model it is, and how it is spoken to.</summary>
internal enum Vendor
{
    OpenAi,
    OpenAiEmbeddings,
    Anthropic,
}

/// <summary>Prices of one model in USD per million tokens.</summary>
internal sealed record ModelPrice(decimal Input, decimal CachedInput, decimal Output)
{
    private const decimal TokensPerPrice = 1_000_000m;

    /// <summary>A cache write that is not billed apart costs what input does.</summary>
    public decimal CacheWrite { get; init; } = Input;

    public decimal CacheWriteHour { get; init; } = Input;

    public Vendor Vendor { get; init; }

    /// <summary>What the tiers beside the default one cost, by their names.</summary>
    public IReadOnlyDictionary<string, ModelPrice> Tiers { get; init; } = new Dictionary<string, ModelPrice>();

    /// <summary>Tokens that an image counts as, whatever its size; 0: it takes none.</summary>
    public int ImageTokens { get; init; }

    /// <summary>With more input than this the whole request costs other prices; null: never.</summary>
    public (int Tokens, ModelPrice Price)? Above { get; init; }

    /// <summary>
    /// The cost in USD. Each kind (input, what was read from and written to caches, output) is rounded once, half to even, to nine decimals (nano-dollars);
    /// the kinds are then added.
    /// </summary>
    public decimal Cost(Usage usage) => Above is { } above && usage.PromptTokens > above.Tokens ? above.Price.Cost(usage) : CostOf(usage);

    private decimal CostOf(Usage usage) =>
        Kind(usage.PlainTokens, Input)
        + Kind(usage.CachedTokens, CachedInput)
        + Kind(usage.CacheWriteTokens, CacheWrite)
        + Kind(usage.CacheWriteHourTokens, CacheWriteHour)
        + Kind(usage.CompletionTokens, Output);

    private static decimal Kind(int tokens, decimal price) =>
        Math.Round(tokens * price / TokensPerPrice, 9, MidpointRounding.ToEven);
}

/// <summary>The provider's own price list, apart from the platform's price book so that each can find an error in the other.</summary>
internal static class PriceTable
{
    // A square of 1,024 pixels at OpenAI; what a large image is scaled down to at Anthropic.
    private static readonly Dictionary<string, ModelPrice> Prices = new(StringComparer.Ordinal)
    {
        ["gpt-4o-mini"] = new(0.15m, 0.075m, 0.60m) { ImageTokens = 25_501, Tiers = Priority(0.25m, 0.125m, 1.00m) },
        ["gpt-4o"] = new(2.50m, 1.25m, 10.00m) { ImageTokens = 765 },
        ["gpt-4.1"] = new(2.00m, 0.50m, 8.00m) { ImageTokens = 765 },
        ["gpt-4.1-mini"] = new(0.40m, 0.10m, 1.60m) { ImageTokens = 1_659 },
        ["gpt-4.1-nano"] = new(0.10m, 0.025m, 0.40m) { ImageTokens = 2_519 },
        ["o4-mini"] = new(1.10m, 0.275m, 4.40m) { ImageTokens = 1_761, Tiers = new Dictionary<string, ModelPrice>(Priority(2.00m, 0.50m, 8.00m)) { ["flex"] = new(0.55m, 0.138m, 2.20m) } },
        ["text-embedding-3-small"] = new(0.02m, 0.02m, 0m) { Vendor = Vendor.OpenAiEmbeddings },
        ["text-embedding-3-large"] = new(0.13m, 0.13m, 0m) { Vendor = Vendor.OpenAiEmbeddings },
        ["claude-haiku-4-5"] = Claude(1m, 5m),
        ["claude-sonnet-4-5"] = Claude(3m, 15m) with { Above = (200_000, Claude(6m, 22.5m)) },
        ["claude-sonnet-4-6"] = Claude(3m, 15m),
        ["claude-sonnet-5"] = Claude(2m, 10m) with { ImageTokens = 4_700 },
        ["claude-opus-4-1"] = Claude(15m, 75m),
        ["claude-opus-4-5"] = Claude(5m, 25m),
        ["claude-opus-4-6"] = Claude(5m, 25m),
        ["claude-opus-4-7"] = Claude(5m, 25m) with { ImageTokens = 4_700 },
    };

    /// <summary>The models of the vendors.</summary>
    public static IEnumerable<string> Models(params Vendor[] vendors) => Prices.Where(pair => vendors.Contains(pair.Value.Vendor)).Select(pair => pair.Key);

    public static bool TryGet(string model, [NotNullWhen(true)] out ModelPrice? price) => Prices.TryGetValue(model, out price);

    private static Dictionary<string, ModelPrice> Priority(decimal input, decimal cached, decimal output) =>
        new(StringComparer.Ordinal) { ["priority"] = new(input, cached, output) };

    // Reading a cache costs a tenth of input, writing it for five minutes five quarters, for an hour twice.
    private static ModelPrice Claude(decimal input, decimal output) => new(input, input / 10, output)
    {
        CacheWrite = input * 5 / 4,
        CacheWriteHour = input * 2,
        Vendor = Vendor.Anthropic,
        ImageTokens = 1_590,
    };
}
