using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecast.Versions;

namespace Platform.Forecast.Accuracy;

/// <summary>What came of a target, layer by layer. Pure.</summary>
/// <param name="teams">By team, its counted days.</param>
/// <param name="segments">Counted costs of the segments that plans name.</param>
/// <param name="late">What versions knew of counted days beyond them.</param>
internal sealed class Actuals(
    IReadOnlyDictionary<string, Dictionary<DateOnly, ActualDay>> teams, IReadOnlyDictionary<SegmentKey, Dictionary<DateOnly, long>> segments, IReadOnlyList<LateCost> late)
{
    private readonly Dictionary<(string TeamId, DateOnly From, DateOnly To), ActualDay> _known = [];
    private readonly Dictionary<DateOnly, ActualDay> _organisation = teams.Values.SelectMany(days => days).GroupBy(day => day.Key)
        .ToDictionary(day => day.Key, day => new ActualDay(day.Sum(team => team.Value.Cost), day.Sum(team => team.Value.Control), day.Sum(team => team.Value.Resilience)));

    /// <summary>
    /// Total, control and resilience always have an actual. What was planned has one while nothing of it had been seen when the version was published: what its segments spent above their
    /// level of then. Later it cannot be told from the baseline, so that neither is judged. The baseline is what is left.
    /// Of days before it a version is held against what was counted and what it knew beyond that, which it has in what the period has cost so far.
    /// </summary>
    /// <param name="version">The version's number.</param>
    /// <param name="asOf">The day on which the version was published.</param>
    /// <param name="plan">The version's, of the figure's scope.</param>
    public IEnumerable<(Layer Layer, long Nanos)> Of(VersionFigure figure, long version, DateOnly asOf, IEnumerable<VersionPlanItem> plan)
    {
        var counted = Sum(figure.TeamId, figure.From, figure.To);
        var came = counted with { Cost = counted.Cost + Late(figure, version, asOf) };
        yield return (Layer.Total, came.Cost);
        yield return (Layer.Control, came.Control);
        yield return (Layer.Resilience, came.Resilience);
        var from = figure.From > asOf ? figure.From : asOf;
        VersionPlanItem[] due = [.. plan.Where(item => item.StartsOn < figure.To && (item.EndsOn is not { } ends || ends > from))];
        if (!due.All(item => item.CanBeJudged) || Groups(due) is not { } groups)
        {
            yield break;
        }

        var planned = groups.Sum(group => Above(group.Named, group.Items, from, figure.To));
        yield return (Layer.Baseline, came.Cost - came.Control - came.Resilience - planned);
        if (due.Length > 0)
        {
            yield return (Layer.Planned, planned);
        }
    }

    /// <summary>Items by the widest segments that are named among them, so that no segment counts twice; null where two have some of their segments in common: of those neither level is known apart.</summary>
    private static List<(NamedSegments Named, List<VersionPlanItem> Items)>? Groups(IEnumerable<VersionPlanItem> due)
    {
        var groups = new List<(NamedSegments Named, List<VersionPlanItem> Items)>();
        foreach (var item in due.OrderBy(item => item.Named.Parts))
        {
            if (groups.Find(group => group.Named.Cover(item.Named)) is { Items: { } items })
            {
                items.Add(item);
            }
            else if (groups.Exists(group => group.Named.Meet(item.Named)))
            {
                return null;
            }
            else
            {
                groups.Add((item.Named, [item]));
            }
        }

        return groups;
    }

    /// <summary>What segments spent in the days of their plan items above what they had cost before; never below 0.</summary>
    private long Above(NamedSegments named, List<VersionPlanItem> items, DateOnly from, DateOnly to)
    {
        var (cost, days) = (0L, 0);
        var costs = segments.Where(segment => named.Take(segment.Key)).Select(segment => segment.Value).ToArray();
        for (var day = from; day < to; day = day.AddDays(1))
        {
            if (items.Exists(item => item.StartsOn <= day && (item.EndsOn is not { } ends || day < ends)))
            {
                (cost, days) = (cost + costs.Sum(segment => segment.GetValueOrDefault(day)), days + 1);
            }
        }

        return Math.Max(0, cost - Nanos.FromForecast(items.Where(item => item.Named == named).MinBy(item => item.StartsOn)!.LevelNanos!.Value * (double)days));
    }

    private long Late(VersionFigure figure, long version, DateOnly asOf) => figure.From >= asOf ? 0 : late
        .Where(cost => cost.Version <= version && cost.Day >= figure.From && cost.Day < figure.To && (figure.TeamId.Length == 0 || cost.TeamId == figure.TeamId)).Sum(cost => cost.Nanos);

    private ActualDay Sum(string teamId, DateOnly from, DateOnly to)
    {
        if (_known.TryGetValue((teamId, from, to), out var known))
        {
            return known;
        }

        var (cost, control, resilience) = (0L, 0L, 0L);
        var days = teamId.Length == 0 ? _organisation : teams.GetValueOrDefault(teamId) ?? [];
        for (var day = from; day < to; day = day.AddDays(1))
        {
            var came = days.GetValueOrDefault(day);
            (cost, control, resilience) = (cost + came.Cost, control + came.Control, resilience + came.Resilience);
        }

        return _known[(teamId, from, to)] = new ActualDay(cost, control, resilience);
    }
}
