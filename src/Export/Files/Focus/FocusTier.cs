using Platform.Contracts.Metering.V1;
using Platform.Rating;
using Cost = Platform.Contracts.Metering.V1.Cost;

namespace Platform.Export.Files.Focus;

/// <summary>
/// Which context tier's rates a record was rated by. Usage says it by its input. A correction has the tier of the record that it corrects and does not name it: it is the one whose
/// products come closest to what was booked, which differs from them by roundings. Pure.
/// </summary>
internal static class FocusTier
{
    // Tokens by nano-units a million tokens by millionths of the price.
    private static readonly Int128 PerNano = (Int128)1_000_000 * Price.FullDiscountPpm;

    /// <returns>The tier's threshold; 0 for the price's own rates.</returns>
    public static long Of(Price price, UsageEvent usage, TokenCounts tokens, Cost cost)
    {
        if (usage.CorrectsRecordId.Length == 0)
        {
            var context = usage.HasContextTokens ? usage.ContextTokens : tokens.TotalInput;
            return price.ContextTiers.LastOrDefault(tier => context > tier.AboveInputTokens)?.AboveInputTokens ?? 0;
        }

        var tiers = price.ContextTiers.Select(tier => (tier.AboveInputTokens, tier.Rates)).Prepend((AboveInputTokens: 0, price.Rates));
        return tiers.MinBy(tier => Distance(tier.Rates, Price.FullDiscountPpm - price.DiscountPpm, tokens, cost)).AboveInputTokens;
    }

    private static Int128 Distance(Rates rates, long payablePpm, TokenCounts tokens, Cost cost)
    {
        return Of(tokens.Input, rates.Input, cost.InputNanos) + Of(tokens.CachedInput, rates.CachedInput, cost.CachedInputNanos)
            + Of(tokens.CacheWrite, rates.CacheWrite, cost.CacheWriteNanos) + Of(tokens.CacheWriteHour, rates.CacheWriteHour, cost.CacheWrite1HNanos)
            + Of(tokens.Output, rates.Output, cost.OutputNanos) + Of(tokens.Reasoning, rates.Reasoning, cost.ReasoningNanos);

        Int128 Of(long count, long perMillion, long nanos) => Int128.Abs(((Int128)count * perMillion * payablePpm) - (nanos * PerNano));
    }
}
