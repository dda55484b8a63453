using Platform.Forecast.Segments;
using Platform.Forecasting;

namespace Platform.Forecast.Planning;

/// <summary>What the segments of a plan item brought in days that are over.</summary>
/// <param name="Planned">In nano-units, if it happens.</param>
/// <param name="KnownFrom">The first day from which it is known what its segments spent before it; null: of too few days, so that nothing can be set against them.</param>
/// <param name="Above">By segment, what was spent above its level of the four weeks before the item's start and above what other items explain; below zero where it was less. Empty where the level is not known.</param>
/// <param name="Segments">All that it is of, added; null where nothing was used in any, and of no days.</param>
/// <param name="IsShared">Another item that started has what this one leaves.</param>
internal sealed record PlanRise(
    PlanRow Item, double NanosPerCall, double Planned, DateOnly? KnownFrom, IReadOnlyDictionary<SegmentKey, double> Above, SegmentSeries? Segments, bool IsShared)
{
    /// <summary>The rise that is the item's: of one that shares, as far as it was planned.</summary>
    public double Came => Math.Clamp(Above.Values.Sum(), 0, IsShared ? Planned : double.MaxValue);

    /// <summary>By segment, the part of what was planned that came there: all of it at most.</summary>
    public IReadOnlyDictionary<SegmentKey, double> Shares()
    {
        var (risen, came) = (Above.Values.Sum(nanos => Math.Max(0, nanos)), Math.Clamp(Above.Values.Sum(), 0, Planned));
        return Above.Where(segment => segment.Value > 0 && came > 0).ToDictionary(segment => segment.Key, segment => segment.Value / risen * (came / Planned));
    }
}

/// <summary>
/// Gives what segments spent above their level to plan items, each nano once: first to items that name the most of a segment, then to those that started first, each as far as it was planned;
/// what is left is there for the next. What an item before has brought already is in the level of one that started weeks later, and is taken off only as far as it is not. Pure.
/// </summary>
internal static class PlanRises
{
    /// <param name="items">With their price a call.</param>
    /// <param name="segments">Of whatever teams, with the days from four weeks before the items' starts.</param>
    /// <param name="first">The first day of which the organisation's usage is known; null: of none.</param>
    /// <param name="daysOf">The days of an item that are looked at, from its start on at the earliest; half open.</param>
    public static IReadOnlyList<PlanRise> Of(
        IEnumerable<(PlanRow Item, double NanosPerCall)> items, IEnumerable<SegmentSeries> segments, DateOnly? first, Func<PlanRow, (DateOnly From, DateOnly To)> daysOf)
    {
        var ofTeams = segments.ToLookup(segment => segment.Key.TeamId, StringComparer.Ordinal);
        return [.. items.GroupBy(item => item.Item.TeamId, StringComparer.Ordinal).SelectMany(team => OfTeam([.. team.OrderByDescending(item => item.Item.Named.Parts)
            .ThenBy(item => item.Item.StartsOn).ThenBy(item => item.Item.PlanId, StringComparer.Ordinal)], [.. ofTeams[team.Key]], first, daysOf))];
    }

    /// <summary>
    /// The first day from which it is known what segments spent before a day; null where that is of fewer than fourteen days. What began shortly before is new where its team was known already, and
    /// a team that had nothing is new where the organisation was: nothing is what they spent before. Where usage is first known of at all, it may have been there before.
    /// </summary>
    /// <param name="segments">All of them added; null: none.</param>
    /// <param name="team">The team's segments.</param>
    /// <param name="first">The first day of which the organisation's usage is known.</param>
    public static DateOnly? KnownFrom(DateOnly day, SegmentSeries? segments, IEnumerable<SegmentSeries> team, DateOnly? first)
    {
        var teams = team.Select(segment => (DateOnly?)segment.FirstDay).Min();
        var known = IsLongBefore(segments?.FirstDay) ? segments!.FirstDay : teams < day ? teams : first;
        return IsLongBefore(known) ? known : null;

        bool IsLongBefore(DateOnly? from) => from?.AddDays(ForecastEngine.LeastHistory) <= day;
    }

    /// <summary>The first day of a level: of four weeks before a day, or as many of their days as are known.</summary>
    public static DateOnly LevelFrom(DateOnly day, DateOnly knownFrom) => day.AddDays(-SegmentForecast.LevelDays) is var weeks && weeks > knownFrom ? weeks : knownFrom;

    private static List<PlanRise> OfTeam(
        (PlanRow Item, double NanosPerCall)[] items, SegmentSeries[] segments, DateOnly? first, Func<PlanRow, (DateOnly From, DateOnly To)> daysOf)
    {
        var (rises, before) = (new List<PlanRise>(), new List<(PlanRise Rise, IReadOnlyDictionary<SegmentKey, double> Shares)>());

        // Many items name the same.
        var named = new Dictionary<NamedSegments, (SegmentSeries[] Each, SegmentSeries? Sum)>();
        foreach (var (place, (item, price)) in items.Index())
        {
            var (from, to) = daysOf(item);
            if (from >= to)
            {
                rises.Add(new PlanRise(item, price, 0, null, new Dictionary<SegmentKey, double>(), null, false));
                continue;
            }

            var (each, sum) = named.TryGetValue(item.Named, out var found) ? found : named[item.Named] = Find(segments, item.Named);
            var isShared = items.Skip(place + 1).Any(other => other.Item.Named.Meet(item.Named) && daysOf(other.Item) is var (start, end) && start < end);
            var known = KnownFrom(item.StartsOn, sum, segments, first);
            var rise = new PlanRise(item, price, item.CallsIn(from, to) * price, known, known is { } since ? Above(item, since, from, to, each, before) : [], sum, isShared);
            rises.Add(rise);
            if (rise.Shares() is { Count: > 0 } shares)
            {
                before.Add((rise, shares));
            }
        }

        return rises;
    }

    /// <summary>By segment, what was spent above its level before the item's start, less what the items before brought that the level does not have.</summary>
    private static Dictionary<SegmentKey, double> Above(
        PlanRow item, DateOnly knownFrom, DateOnly from, DateOnly to, SegmentSeries[] segments, List<(PlanRise Rise, IReadOnlyDictionary<SegmentKey, double> Shares)> before)
    {
        var level = LevelFrom(item.StartsOn, knownFrom);
        var times = (to.DayNumber - from.DayNumber) / (double)(item.StartsOn.DayNumber - level.DayNumber);
        double[] brought = [.. before.Select(other => other.Rise.NanosPerCall * (other.Rise.Item.CallsIn(from, to) - other.Rise.Item.CallsIn(level, item.StartsOn) * times))];
        return segments.ToDictionary(segment => segment.Key, segment => segment.Sum(from, to).CostNanos - segment.Sum(level, item.StartsOn).CostNanos * times
            - before.Select((other, place) => other.Shares.GetValueOrDefault(segment.Key) * brought[place]).Sum());
    }

    private static (SegmentSeries[] Each, SegmentSeries? Sum) Find(SegmentSeries[] segments, NamedSegments named)
    {
        SegmentSeries[] each = [.. segments.Where(segment => named.Take(segment.Key))];
        return (each, each.Length == 0 ? null : SegmentSeries.Add(default, each));
    }
}
