namespace Platform.Forecast.Series;

/// <param name="CostNanos">Corrections and money without tokens included, unpriced calls not.</param>
/// <param name="HistoryCostNanos">The part of the cost that was imported as history and touched no wallet.</param>
/// <param name="AdjustmentNanos">The part of the cost that is money without tokens; below zero where more was given back than charged.</param>
internal readonly record struct DayUsage(long CostNanos, long Calls, long UnpricedCalls, long HistoryCostNanos, long AdjustmentNanos = 0)
{
    public DayUsage With(Adjustment adjustment) => this with
    {
        CostNanos = CostNanos + adjustment.Nanos, HistoryCostNanos = HistoryCostNanos + (adjustment.IsHistory ? adjustment.Nanos : 0), AdjustmentNanos = AdjustmentNanos + adjustment.Nanos,
    };
}

/// <summary>Usage by day from the first day with any up to today; days without usage are zeros.</summary>
/// <param name="Today">The last day, which is not over yet.</param>
/// <param name="Days">Oldest first; empty when there was no usage, else today's is the last.</param>
internal sealed record DailySeries(DateOnly Today, IReadOnlyList<DayUsage> Days)
{
    public DateOnly FirstDay => Today.AddDays(1 - Days.Count);

    /// <summary>The days that are over.</summary>
    public IEnumerable<DayUsage> FullDays => Days.Take(Days.Count - 1);

    public DayUsage UsageOfToday => Days.Count == 0 ? default : Days[^1];

    /// <summary>Reads at most so many days, today included.</summary>
    /// <param name="teamId">Empty for the organisation.</param>
    public static async Task<DailySeries> ReadAsync(
        UsageSeriesStore store, string teamId, BillingCalendar calendar, DateOnly today, int days, CancellationToken cancellationToken)
    {
        var first = today.AddDays(1 - days);
        var used = await store.ReadDaysAsync(teamId, calendar, first, today.AddDays(1), cancellationToken);
        if (used.Count == 0)
        {
            return new DailySeries(today, []);
        }

        var filled = new DayUsage[days - used[0].Day];
        foreach (var (day, usage) in used)
        {
            filled[day - used[0].Day] = usage;
        }

        return new DailySeries(today, filled);
    }
}
