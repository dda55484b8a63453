using Platform.Rating;

namespace Platform.Forecast.Planning;

/// <summary>What one of many calls is like: what prices of the same calls are compared by.</summary>
internal readonly record struct MeanCall(double InputTokens, double OutputTokens)
{
    /// <summary>Calls are rated by the thousand, so that what a call is rounded by is nothing.</summary>
    public const int Calls = 1000;

    /// <summary>Null where there are no calls to be like, or corrections took more than there was.</summary>
    public static MeanCall? Of(long calls, long inputTokens, long outputTokens) =>
        calls <= 0 || inputTokens < 0 || outputTokens < 0 ? null : new MeanCall(inputTokens / (double)calls, outputTokens / (double)calls);

    /// <summary>Of a thousand of them, in nano-units. All input counts as neither cached nor written to a cache: of two prices the ratio is what is meant.</summary>
    public long CostAt(Price price) =>
        Rater.Rate(price, new TokenCounts((long)(InputTokens * Calls), 0, 0, (long)(OutputTokens * Calls), 0), Calls, (long)InputTokens).TotalNanos;
}
