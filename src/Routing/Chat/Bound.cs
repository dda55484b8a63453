using Platform.Rating;
using Platform.Routing.Policies;

namespace Platform.Routing.Chat;

/// <summary>
/// The most that an attempt can cost, which is what is set aside for it. A token of text is at least one byte of UTF-8, and JSON only lengthens text, so
/// the caller's body has at least as many bytes as the provider can count tokens of input, but for the target's own overhead.
/// </summary>
/// <param name="OutputCap">Output tokens an answer, as sent upstream.</param>
internal readonly record struct Bound(long InputTokens, long OutputCap, int Choices, long Nanos)
{
    /// <param name="outputCap">At least 1; cut to the target's maximum.</param>
    public static Bound Of(Price price, RouteTarget target, int bodyBytes, long outputCap, int choices)
    {
        var input = (long)bodyBytes + target.OverheadTokens;
        var cap = Math.Min(outputCap, target.MaxOutputTokens);
        return new Bound(input, cap, choices, Rater.UpperBound(price, input, cap * choices));
    }

    /// <summary>The same attempt with the highest output cap that the money allows; null when that is below the floor.</summary>
    /// <param name="availableNanos">What the wallet has.</param>
    /// <param name="floor">Output tokens an answer below which a call is not worth making.</param>
    public Bound? Within(Price price, RouteTarget target, long availableNanos, long floor)
    {
        // The bound grows with the cap, so the highest cap that fits is found by halving.
        var (fits, tooMuch) = (0L, OutputCap);
        while (tooMuch - fits > 1)
        {
            var middle = fits + ((tooMuch - fits) / 2);
            (fits, tooMuch) = Rater.UpperBound(price, InputTokens, middle * Choices) <= availableNanos ? (middle, tooMuch) : (fits, middle);
        }

        return fits >= Math.Min(floor, target.MaxOutputTokens) && fits > 0
            ? this with { OutputCap = fits, Nanos = Rater.UpperBound(price, InputTokens, fits * Choices) }
            : null;
    }
}
