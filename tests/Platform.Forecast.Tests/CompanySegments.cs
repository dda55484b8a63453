using Platform.Forecast.Segments;
using Platform.SyntheticCompany;

namespace Platform.Forecast.Tests;

/// <summary>An imagined company's days as the service would have summed them from records.</summary>
internal static class CompanySegments
{
    /// <summary>The first days of every segment that has any usage in them.</summary>
    /// <param name="today">The day after them.</param>
    public static SegmentSeries[] Of(IReadOnlyList<SegmentDays> company, DateOnly today, int known) =>
    [
        .. company.Where(segment => segment.Days.Take(known).Any(day => day.Calls > 0)).Select(segment => new SegmentSeries(
            new SegmentKey(segment.Team, segment.Workload, segment.Lane), today.AddDays(-known), [.. segment.Days.Take(known).Select(Day)])).OrderBy(segment => segment.Key),
    ];

    private static SegmentDay Day(DayTruth day)
    {
        var notes = day.Notes;
        var compared = new ComparedCosts(
            notes.PrimaryNanos + day.ResilienceNanos, notes.PrimaryNanos, day.Nanos - day.ResilienceNanos, notes.DefaultNanos, 0, 0, day.Nanos - day.ResilienceNanos, notes.BoundNanos);
        return new SegmentDay(day.Nanos, day.Calls, 0, day.Tokens, 0, day.Fallbacks, compared, day.Demand - day.Calls, notes.DeniedBoundNanos);
    }
}
