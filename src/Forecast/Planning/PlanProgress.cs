using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Planning;

internal enum PlanStatus
{
    Planned,

    /// <summary>Started, and seen in its segment.</summary>
    Launched,

    /// <summary>Started three days ago or more, and next to nothing of it is to be seen.</summary>
    Late,
    Ended,
    Removed,
}

/// <summary>A plan item beside what came.</summary>
/// <param name="PlannedNanos">From its start to yesterday, if it happens; 0 before.</param>
/// <param name="ActualNanos">What its segment has spent since its start above its level of the four weeks before; never below 0.</param>
internal sealed record PlanProgress(PlanStatus Status, long PlannedNanos, long ActualNanos)
{
    private const int LevelDays = 28;
    private const int LateDays = 3;
    private const double LeastSeen = 0.1;

    /// <param name="segment">Its own; null where nothing was used in it.</param>
    /// <param name="today">The day that runs.</param>
    public static PlanProgress Of(PlanRow item, double nanosPerCall, SegmentSeries? segment, DateOnly today)
    {
        var planned = 0.0;
        for (var day = item.StartsOn; day < today; day = day.AddDays(1))
        {
            planned += item.CallsOn(day) * nanosPerCall;
        }

        var actual = segment is null || today <= item.StartsOn ? 0 : Above(segment, item, today);
        return new PlanProgress(StatusOf(item, planned, actual, today), Nanos.FromForecast(planned), actual);
    }

    private static PlanStatus StatusOf(PlanRow item, double planned, long actual, DateOnly today) =>
        !item.Active ? PlanStatus.Removed
        : item.EndsOn <= today ? PlanStatus.Ended
        : item.StartsOn >= today ? PlanStatus.Planned
        : actual >= LeastSeen * planned ? PlanStatus.Launched
        : today.DayNumber - item.StartsOn.DayNumber >= LateDays ? PlanStatus.Late
        : PlanStatus.Planned;

    private static long Above(SegmentSeries segment, PlanRow item, DateOnly today)
    {
        var before = segment.Sum(item.StartsOn.AddDays(-LevelDays), item.StartsOn).CostNanos / (double)LevelDays;
        return Math.Max(0, segment.Sum(item.StartsOn, today).CostNanos - Nanos.FromForecast(before * (today.DayNumber - item.StartsOn.DayNumber)));
    }
}
