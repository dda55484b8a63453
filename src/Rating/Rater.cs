namespace Platform.Rating;

/// <summary>
/// The one place where tokens become money. Routing funds with it before a call, Metering rates with it after: the same arithmetic, so the
/// figures can only differ when tokens or price versions do. Pure and exact: 128-bit products, no binary floating point.
/// </summary>
public static class Rater
{
    private const long TokensPerPriceUnit = 1_000_000;

    /// <summary>Rates tokens at one price version. Each kind is rounded once to a nano-unit, half to even.</summary>
    /// <exception cref="OverflowException">The cost leaves 64 bits: above nine thousand million units of currency.</exception>
    public static Cost Rate(Price price, TokenCounts tokens, long requests = 1) => new(
        RoundHalfToEven(tokens.Input, price.InputPerMillion),
        RoundHalfToEven(tokens.CachedInput, price.CachedInputPerMillion),
        RoundHalfToEven(tokens.CacheWrite, price.CacheWritePerMillion),
        RoundHalfToEven(tokens.Output, price.OutputPerMillion),
        RoundHalfToEven(tokens.Reasoning, price.ReasoningPerMillion),
        checked(price.PerRequest * requests));

    /// <summary>
    /// The most that an attempt can cost: every token of input at the dearest input rate, every token of output at the dearest output rate, rounded
    /// up, and one nano-unit for every further kind, since each kind is rounded on its own and may round up.
    /// </summary>
    /// <param name="maxInputTokens">Upper bound of input tokens, 0 or more.</param>
    /// <param name="maxOutputTokens">The output cap that is sent to the provider, 0 or more.</param>
    public static long UpperBound(Price price, long maxInputTokens, long maxOutputTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxInputTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(maxOutputTokens);
        const long roundingOfOtherKinds = 3;
        return checked(
            RoundUp(maxInputTokens, price.DearestInputPerMillion)
            + RoundUp(maxOutputTokens, price.DearestOutputPerMillion)
            + price.PerRequest
            + roundingOfOtherKinds);
    }

    private static long RoundHalfToEven(long tokens, long perMillion)
    {
        var (quotient, remainder) = Int128.DivRem((Int128)tokens * perMillion, TokensPerPriceUnit);
        var twice = Int128.Abs(remainder) * 2;
        if (twice > TokensPerPriceUnit || (twice == TokensPerPriceUnit && Int128.IsOddInteger(quotient)))
        {
            quotient += Int128.Sign(remainder);
        }

        return checked((long)quotient);
    }

    private static long RoundUp(long tokens, long perMillion)
    {
        var (quotient, remainder) = Int128.DivRem((Int128)tokens * perMillion, TokensPerPriceUnit);
        return checked((long)(remainder > 0 ? quotient + 1 : quotient));
    }
}
