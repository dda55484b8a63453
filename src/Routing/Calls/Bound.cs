using Platform.Routing.Policies;
using Platform.Routing.Pricing;

namespace Platform.Routing.Calls;

/// <summary>
/// The most that an attempt can cost, which is what is set aside for it: of text a token a byte of the caller's body (JSON only lengthens text) and the model's
/// own overhead, and the output cap that is sent, at the dearest tier that it may be billed at.
/// </summary>
/// <param name="OutputCap">Output tokens an answer, as sent upstream.</param>
internal readonly record struct Bound(long InputTokens, long OutputCap, int Choices, long Nanos)
{
    /// <summary>How far an attempt may run past what was set aside for it, and still be believed.</summary>
    public const int MostTimes = 10;

    /// <summary>More output than this the attempt cannot have: the model never generates as much, and no cap is overrun so far.</summary>
    public long MostOutput(RouteTarget target) => Math.Max(target.MaxOutputTokens, MostTimes * OutputCap) * Choices;

    /// <param name="inputTokens">The most that the request can amount to.</param>
    /// <param name="outputCap">At least 1 where there is output, else 0; cut to the model's maximum.</param>
    public static Bound Of(BillablePrices prices, RouteTarget target, long inputTokens, long outputCap, int choices)
    {
        var input = inputTokens + target.OverheadTokens;
        var cap = Math.Min(outputCap, target.MaxOutputTokens);
        return new Bound(input, cap, choices, prices.UpperBound(input, cap * choices));
    }

    /// <summary>The same attempt with the highest output cap that the money allows; null when that is below the floor.</summary>
    /// <param name="availableNanos">What the wallet has.</param>
    /// <param name="floor">Output tokens an answer below which a call is not worth making.</param>
    public Bound? Within(BillablePrices prices, RouteTarget target, long availableNanos, long floor)
    {
        // The bound grows with the cap, so the highest cap that fits is found by halving.
        var (fits, tooMuch) = (0L, OutputCap);
        while (tooMuch - fits > 1)
        {
            var middle = fits + ((tooMuch - fits) / 2);
            (fits, tooMuch) = prices.UpperBound(InputTokens, middle * Choices) <= availableNanos ? (middle, tooMuch) : (fits, middle);
        }

        return fits >= Math.Min(floor, target.MaxOutputTokens) && fits > 0
            ? this with { OutputCap = fits, Nanos = prices.UpperBound(InputTokens, fits * Choices) }
            : null;
    }
}
