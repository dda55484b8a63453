using Platform.Forecast.Projection;

namespace Platform.Forecast.Segments;

/// <summary>What a period is expected to cost, taken apart; the parts add up to <see cref="ExpectedNanos"/> to the nano, and those of a sum are sums of those of its parts.</summary>
internal readonly record struct Growth(long SpentNanos, long LevelNanos, long CallsNanos, long TokensNanos, long PriceNanos)
{
    public long ExpectedNanos => SpentNanos + LevelNanos + CallsNanos + TokensNanos + PriceNanos;

    public static Growth operator +(Growth left, Growth right) => new(
        left.SpentNanos + right.SpentNanos, left.LevelNanos + right.LevelNanos, left.CallsNanos + right.CallsNanos, left.TokensNanos + right.TokensNanos,
        left.PriceNanos + right.PriceNanos);

    /// <summary>Of what was spent and is of no segment.</summary>
    public static Growth OfSpent(long nanos) => new(nanos, 0, 0, 0, 0);

    public static Growth Of(CurrentForecast current, SegmentPaths segment, PeriodSpan span)
    {
        var growth = OfSpent(current.ToDate(segment, span).CostNanos);
        for (var piece = span.FirstPiece; piece < span.EndPiece; piece++)
        {
            var expected = piece > 0 ? segment.Expected[piece] : Nanos.FromForecast(segment.Expected[0] * current.RestOfToday);
            var days = piece > 0 ? current.DaysOfColumns[piece] : current.RestOfToday;
            var level = segment.Forecast.Outlook is null ? 0 : Nanos.FromForecast(segment.Forecast.DailyNanos * days);
            var (tokens, price) = piece > 0 ? (segment.ExpectedOfTokens[piece], segment.ExpectedOfPrice[piece]) : (0, 0);
            growth += new Growth(0, level, expected - level - tokens - price, tokens, price);
        }

        return growth;
    }
}
