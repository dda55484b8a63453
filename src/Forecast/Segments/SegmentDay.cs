namespace Platform.Forecast.Segments;

/// <param name="CostNanos">Corrections included, unpriced calls not.</param>
/// <param name="Calls">Priced or not.</param>
internal readonly record struct SegmentDay(long CostNanos, long Calls, long UnpricedCalls, long InputTokens, long OutputTokens)
{
    public long Tokens => InputTokens + OutputTokens;

    public static SegmentDay operator +(SegmentDay left, SegmentDay right) => new(
        left.CostNanos + right.CostNanos, left.Calls + right.Calls, left.UnpricedCalls + right.UnpricedCalls, left.InputTokens + right.InputTokens,
        left.OutputTokens + right.OutputTokens);
}
