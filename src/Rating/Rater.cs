namespace Platform.Rating;

/// <summary>
/// The one place where tokens become money. Routing funds with it before a call, Metering rates with it after: the same arithmetic, so the
/// figures can only differ when tokens or price versions do. Pure and exact: 128-bit products, no binary floating point.
/// </summary>
public static class Rater
{
    /// <summary>Rates are for so many tokens.</summary>
    public const long TokensPerPriceUnit = 1_000_000;

    /// <summary>
    /// Rates tokens at one price version: tokens × list rate × (1 − discount). Each kind is rounded once to a nano-unit, half to even.
    /// </summary>
    /// <param name="requests">How many requests the tokens are of; 0 for a correction, which is not another request.</param>
    /// <param name="contextTokens">What the context tier is chosen by; null: the tokens' own input. A correction keeps the tier of what it corrects.</param>
    /// <exception cref="OverflowException">The cost leaves 64 bits: above nine thousand million units of currency.</exception>
    public static Cost Rate(Price price, TokenCounts tokens, long requests = 1, long? contextTokens = null)
    {
        var rates = price.RatesFor(contextTokens ?? tokens.TotalInput);
        var payable = Price.FullDiscountPpm - price.DiscountPpm;
        return new Cost(
            Round(tokens.Input, rates.Input, payable),
            Round(tokens.CachedInput, rates.CachedInput, payable),
            Round(tokens.CacheWrite, rates.CacheWrite, payable),
            Round(tokens.Output, rates.Output, payable),
            Round(tokens.Reasoning, rates.Reasoning, payable),
            RoundHalfToEven(Math.BigMul(price.PerRequest, requests) * payable, Price.FullDiscountPpm),
            Round(tokens.CacheWriteHour, rates.CacheWriteHour, payable));
    }

    /// <summary>
    /// The most that an attempt can cost: every token of input at the dearest input rate, every token of output at the dearest output rate, over all context
    /// tiers that this much input can reach, rounded up, and one nano-unit for every further kind, since each kind is rounded on its own and may round up.
    /// </summary>
    /// <param name="maxInputTokens">Upper bound of input tokens, 0 or more.</param>
    /// <param name="maxOutputTokens">The output cap that is sent to the provider, 0 or more.</param>
    public static long UpperBound(Price price, long maxInputTokens, long maxOutputTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxInputTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(maxOutputTokens);
        const long roundingOfOtherKinds = 4;
        var payable = Price.FullDiscountPpm - price.DiscountPpm;
        var dearest = OfTokens(price.Rates);
        foreach (var tier in price.ContextTiers)
        {
            dearest = maxInputTokens > tier.AboveInputTokens ? Math.Max(dearest, OfTokens(tier.Rates)) : dearest;
        }

        return checked(dearest + RoundUp((Int128)price.PerRequest * payable, Price.FullDiscountPpm) + roundingOfOtherKinds);

        long OfTokens(Rates rates) => checked(
            RoundUp((Int128)maxInputTokens * rates.DearestInput * payable, (Int128)TokensPerPriceUnit * Price.FullDiscountPpm)
            + RoundUp((Int128)maxOutputTokens * rates.DearestOutput * payable, (Int128)TokensPerPriceUnit * Price.FullDiscountPpm));
    }

    /// <summary>Without a discount the rate's own fraction is all that is rounded, and the amount hardly ever leaves 64 bits.</summary>
    private static long Round(long tokens, long perMillion, long payablePpm) => tokens == 0 ? 0
        : payablePpm == Price.FullDiscountPpm ? RoundHalfToEven(Math.BigMul(tokens, perMillion), TokensPerPriceUnit)
        : RoundHalfToEven(Math.BigMul(tokens, perMillion) * payablePpm, TokensPerPriceUnit * Price.FullDiscountPpm);

    private static long RoundHalfToEven(Int128 amount, long unit)
    {
        var (quotient, remainder) = Divide(amount, unit);
        var twice = Math.Abs(remainder) * 2;
        if (twice > unit || (twice == unit && Int128.IsOddInteger(quotient)))
        {
            quotient += Math.Sign(remainder);
        }

        return checked((long)quotient);
    }

    private static (Int128 Quotient, long Remainder) Divide(Int128 amount, long unit)
    {
        // The processor divides 64 bits itself; a division of 128 bits is a loop of its own.
        if (amount >= long.MinValue && amount <= long.MaxValue)
        {
            return Math.DivRem((long)amount, unit);
        }

        var (quotient, remainder) = Int128.DivRem(amount, unit);
        return (quotient, (long)remainder);
    }

    private static long RoundUp(Int128 amount, Int128 unit)
    {
        var (quotient, remainder) = Int128.DivRem(amount, unit);
        return checked((long)(remainder > 0 ? quotient + 1 : quotient));
    }
}
