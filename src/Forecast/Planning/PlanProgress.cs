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
/// <param name="PlannedNanos">From its start to yesterday or its end, if it happens; 0 before.</param>
/// <param name="ActualNanos">What its segments spent in these days above their level of the four weeks before, as far as it is no other item's (<see cref="PlanRises"/>); never below 0.</param>
/// <param name="IsHidden">Started, and not to be told from what else its segments spend: too small for their growth and moods, or too few days are known from before it.</param>
/// <param name="IsOfFewDays">It is hidden for the days.</param>
internal sealed record PlanProgress(PlanStatus Status, long PlannedNanos, long ActualNanos, bool IsHidden = false, bool IsOfFewDays = false)
{
    private const int LateDays = 3;
    private const double LeastSeen = 0.1;

    // Of stretches as long as the item has run, as many of them lie below it where nothing was launched.
    private const double Usual = 0.9;
    private const int MostStretches = 60;
    private const int LeastStretches = 10;

    /// <param name="items">Active ones, with their price a call: what one has brought is not there for the next.</param>
    /// <param name="segments">All of the organisation: what is new is new beside what was known before.</param>
    /// <param name="today">The day that runs.</param>
    public static IEnumerable<PricedItem> Of(IEnumerable<(PlanRow Item, double NanosPerCall)> items, IReadOnlyCollection<SegmentSeries> segments, DateOnly today) =>
        PlanRises.Of(items, segments, segments.Select(segment => (DateOnly?)segment.FirstDay).Min(), item => (item.StartsOn, item.EndsOn < today ? item.EndsOn.Value : today)).Select(rise => new PricedItem(rise.Item, rise.NanosPerCall, Of(rise, today)));

    private static PlanProgress Of(PlanRise rise, DateOnly today)
    {
        var (item, days) = (rise.Item, today.DayNumber - rise.Item.StartsOn.DayNumber);
        var usual = days <= 0 ? 0 : UsualNanos(rise, days);
        var status = !item.Active ? PlanStatus.Removed
            : item.EndsOn <= today ? PlanStatus.Ended
            : days <= 0 || usual is null ? PlanStatus.Planned
            : rise.Above.Values.Sum() - usual >= LeastSeen * rise.Planned ? PlanStatus.Launched
            : days >= LateDays && rise.Planned > usual ? PlanStatus.Late
            : PlanStatus.Planned;
        var isHidden = status == PlanStatus.Planned && days > 0 && !(rise.Planned > usual);
        return new PlanProgress(status, Nanos.FromForecast(rise.Planned), Nanos.FromForecast(rise.Came), isHidden, isHidden && usual is null);
    }

    /// <summary>
    /// What growth and moods alone bring in the days since the start. Where not enough stretches of as many days are known, of shorter ones, as if they rose on as they did, so that whether it is known
    /// does not change as the item gets older; null where not even of single days.
    /// </summary>
    private static double? UsualNanos(PlanRise rise, int days)
    {
        if (rise.Segments is not { } segments)
        {
            return 0;
        }

        if (rise.KnownFrom is not { } known)
        {
            return null;
        }

        var start = rise.Item.StartsOn;
        var looked = Math.Min(days, start.DayNumber - known.DayNumber - SegmentForecast.LevelDays - LeastStretches + 1);
        return LevelBefore(segments, start) is not (> 0 and var level) ? 0
            : looked <= 0 ? null
            : UsualRise(segments, known, start, looked) * ((SegmentForecast.LevelDays + days) / (double)(SegmentForecast.LevelDays + looked)) * level * days;
    }

    /// <summary>What growth and moods alone bring above the level before a start in so many days from it, in nine of ten such stretches at most; null where the history is too short to say.</summary>
    public static double? UsualNanos(SegmentSeries segment, DateOnly start, int days) => LevelBefore(segment, start) is var level and > 0 ? UsualRise(segment, segment.FirstDay, start, days) * level * days : 0;

    /// <summary>A day of the four weeks before one.</summary>
    private static double LevelBefore(SegmentSeries segment, DateOnly day) => segment.Sum(day.AddDays(-SegmentForecast.LevelDays), day).CostNanos / (double)SegmentForecast.LevelDays;

    /// <summary>
    /// How far stretches of as many days before the item's start rose above the four weeks before each, as a share of that level: what growth and moods bring by
    /// themselves nine times in ten at most. 0 where they fell; null where the history is too short to say.
    /// </summary>
    private static double? UsualRise(SegmentSeries segment, DateOnly known, DateOnly start, int days)
    {
        var stretches = Math.Min(MostStretches, start.DayNumber - days - SegmentForecast.LevelDays - known.DayNumber + 1);
        if (stretches < LeastStretches)
        {
            return null;
        }

        double[] rises = [.. Enumerable.Range(0, stretches).Select(back => Rise(segment, start.AddDays(-days - back), days)).Order()];
        return Math.Max(0, rises[(int)(Usual * (stretches - 1))]);
    }

    private static double Rise(SegmentSeries segment, DateOnly from, int days) =>
        LevelBefore(segment, from) is var level and > 0 ? (segment.Sum(from, from.AddDays(days)).CostNanos / (level * days)) - 1 : 0;
}
