using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Planning;

internal enum PlanStatus
{
    Planned,

    /// <summary>Started, and seen in its segment: more than the segment's growth and moods bring by themselves.</summary>
    Launched,

    /// <summary>Started three days ago or more, and next to nothing of it is to be seen, though it would be.</summary>
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

    // Of stretches as long as the item has run, as many of them lie below it where nothing was launched.
    private const double Usual = 0.9;
    private const int MostStretches = 60;
    private const int LeastStretches = 10;

    /// <param name="segment">Its own; null where nothing was used in it.</param>
    /// <param name="today">The day that runs.</param>
    public static PlanProgress Of(PlanRow item, double nanosPerCall, SegmentSeries? segment, DateOnly today)
    {
        var planned = 0.0;
        for (var day = item.StartsOn; day < today; day = day.AddDays(1))
        {
            planned += item.CallsOn(day) * nanosPerCall;
        }

        var days = today.DayNumber - item.StartsOn.DayNumber;
        var (actual, usual) = segment is null || days <= 0 ? (0L, 0.0) : Above(segment, item.StartsOn, days);
        return new PlanProgress(StatusOf(item, planned, actual, usual, today), Nanos.FromForecast(planned), actual);
    }

    private static PlanStatus StatusOf(PlanRow item, double planned, long actual, double usual, DateOnly today) =>
        !item.Active ? PlanStatus.Removed
        : item.EndsOn <= today ? PlanStatus.Ended
        : item.StartsOn >= today ? PlanStatus.Planned
        : actual - usual >= LeastSeen * planned ? PlanStatus.Launched
        : today.DayNumber - item.StartsOn.DayNumber >= LateDays && planned > usual ? PlanStatus.Late
        : PlanStatus.Planned;

    /// <summary>What the segment has spent above its level since a day, and how much of that growth and moods may have brought.</summary>
    private static (long Actual, double Usual) Above(SegmentSeries segment, DateOnly start, int days)
    {
        var level = LevelBefore(segment, start) * days;
        return (Math.Max(0, segment.Sum(start, start.AddDays(days)).CostNanos - Nanos.FromForecast(level)), UsualRise(segment, start, days) * level);
    }

    /// <summary>A day of the four weeks before one.</summary>
    private static double LevelBefore(SegmentSeries segment, DateOnly day) => segment.Sum(day.AddDays(-LevelDays), day).CostNanos / (double)LevelDays;

    /// <summary>
    /// How far stretches of as many days before the item's start rose above the four weeks before each, as a share of that level: what growth and moods bring by
    /// themselves nine times in ten at most. 0 where they fell, and where the history is too short to say.
    /// </summary>
    private static double UsualRise(SegmentSeries segment, DateOnly start, int days)
    {
        var stretches = Math.Min(MostStretches, start.DayNumber - days - LevelDays - segment.FirstDay.DayNumber + 1);
        if (stretches < LeastStretches)
        {
            return 0;
        }

        double[] rises = [.. Enumerable.Range(0, stretches).Select(back => Rise(segment, start.AddDays(-days - back), days)).Order()];
        return Math.Max(0, rises[(int)(Usual * (stretches - 1))]);
    }

    private static double Rise(SegmentSeries segment, DateOnly from, int days) =>
        LevelBefore(segment, from) is var level and > 0 ? (segment.Sum(from, from.AddDays(days)).CostNanos / (level * days)) - 1 : 0;
}
