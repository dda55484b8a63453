using System.Diagnostics.CodeAnalysis;

namespace Platform.ProviderSimulator.Billing;

/// <summary>Prices of one model in USD per million tokens.</summary>
internal sealed record ModelPrice(decimal Input, decimal CachedInput, decimal Output)
{
    private const decimal TokensPerPrice = 1_000_000m;

    /// <summary>
    /// The cost in USD. Each kind (uncached input, cached input, output) is rounded once, half to even, to nine decimals (nano-dollars);
    /// the kinds are then added.
    /// </summary>
    public decimal Cost(Usage usage) =>
        Kind(usage.PromptTokens - usage.CachedTokens, Input)
        + Kind(usage.CachedTokens, CachedInput)
        + Kind(usage.CompletionTokens, Output);

    private static decimal Kind(int tokens, decimal price) =>
        Math.Round(tokens * price / TokensPerPrice, 9, MidpointRounding.ToEven);
}

/// <summary>The provider's own price list, apart from the platform's price book so that each can find an error in the other.</summary>
internal static class PriceTable
{
    private static readonly Dictionary<string, ModelPrice> Prices = new(StringComparer.Ordinal)
    {
        ["gpt-4o-mini"] = new(0.15m, 0.075m, 0.60m),
        ["gpt-4o"] = new(2.50m, 1.25m, 10.00m),
        ["gpt-4.1"] = new(2.00m, 0.50m, 8.00m),
        ["gpt-4.1-mini"] = new(0.40m, 0.10m, 1.60m),
        ["gpt-4.1-nano"] = new(0.10m, 0.025m, 0.40m),
        ["o4-mini"] = new(1.10m, 0.275m, 4.40m),
    };

    public static IEnumerable<string> Models => Prices.Keys;

    public static bool TryGet(string model, [NotNullWhen(true)] out ModelPrice? price) => Prices.TryGetValue(model, out price);
}
