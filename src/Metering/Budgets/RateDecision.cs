namespace Platform.Metering.Budgets;

/// <summary>What spend of an hour or a day is expected to lie in; ends belong to it.</summary>
internal sealed record RateBand(long ExpectedNanos, long LowNanos, long HighNanos);

/// <summary>
/// Whether spend of an hour or a day is unusual, by its own history: the same hours or days of the weeks before. Pure. The band is the median of those, and to
/// either side four robust standard deviations (1.4826 times the median absolute deviation), half of the median, or what an even spread of the budget's amount would
/// spend in the window, whichever is most: a quiet scope is not alarmed by its first call, nor a steady one by a tenth more.
/// </summary>
internal static class RateDecision
{
    public const int LeastWeeks = 4;
    public const int MostWeeks = 8;

    private const decimal Deviations = 4;
    private const decimal RobustScale = 1.4826m;

    /// <param name="before">Spend of the same windows of weeks before.</param>
    /// <param name="evenShareNanos">Of the budget's amount, in the window.</param>
    /// <returns>Null while there are fewer than <see cref="LeastWeeks"/>.</returns>
    public static RateBand? Expect(IReadOnlyCollection<long> before, long evenShareNanos)
    {
        if (before.Count < LeastWeeks)
        {
            return null;
        }

        var expected = Median(before.Select(nanos => (decimal)nanos));
        var spread = Median(before.Select(nanos => Math.Abs(nanos - expected))) * RobustScale * Deviations;
        var half = Math.Max(Math.Max(spread, Math.Abs(expected) / 2), evenShareNanos);
        return new RateBand(Nanos(expected), Math.Max(0, Nanos(expected - half)), Nanos(expected + half));
    }

    /// <summary>True: too high; false: too low; null: as expected. A window that still runs can only be found too high.</summary>
    public static bool? Judge(RateBand band, long spentNanos, bool isOver) =>
        spentNanos > band.HighNanos ? true
        : isOver && spentNanos < band.LowNanos ? false
        : null;

    private static decimal Median(IEnumerable<decimal> values)
    {
        decimal[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static long Nanos(decimal value) => (long)Math.Clamp(decimal.Round(value, MidpointRounding.ToEven), long.MinValue, long.MaxValue);
}
