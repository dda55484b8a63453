using Platform.Contracts.Metering.V1;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>Adds what a scenario changes of the segments in a scope, path by path, in some pieces of the calendar.</summary>
internal delegate void AddChanges(BudgetScope scope, PeriodSpan span, long[] totals);

/// <summary>
/// What the scope of a budget spends from now on, by path and day, in whole nano-units: (1) the futures of the segments that it takes, piece by piece of the calendar, over whose days each lies as its
/// team's spend of the path does; (2) of those its share, where it names more than segments know; (3) the plan items that are of it.
/// </summary>
internal sealed class ScopePaths
{
    private readonly LayeredForecasts _layered;
    private readonly CurrentForecast _current;
    private readonly BudgetScope _scope;
    private readonly int _days;
    private readonly int[] _pieces;
    private readonly long[] _paths;

    private ScopePaths(BudgetScope scope, LayeredForecasts layered, CurrentForecast current, int days)
    {
        (_scope, _layered, _current, _days) = (scope, layered, current, days);
        (_pieces, _paths) = (current.Horizon.PiecesOfDays(), new long[JointPaths.Paths * days]);
    }

    /// <summary>By path, then by day; of today what is left.</summary>
    /// <param name="share">By path and day; null: nothing is spent in it. Of a scope that needs none it is not looked at.</param>
    public static long[] Of(BudgetScope scope, LayeredForecasts layered, CurrentForecast current, int days, Func<int, int, double>? share, AddChanges? changes = null)
    {
        var paths = new ScopePaths(scope, layered, current, days);
        if (!scope.NeedsShare() || share is not null)
        {
            foreach (var team in layered.Teams.Where(team => scope.TeamId.Length == 0 || scope.TeamId == team.TeamId))
            {
                paths.Add(team, changes);
            }
        }

        if (scope.NeedsShare() && share is not null)
        {
            paths.Take(share);
        }

        foreach (var item in layered.Plan.SelectMany(team => team).Where(item => scope.Takes(item.Item)))
        {
            paths.Add(item);
        }

        return paths._paths;
    }

    private void Add(TeamForecast team, AddChanges? changes)
    {
        SegmentPaths[] taken = [.. team.Segments.Where(segment => _scope.Takes(segment.Key))];
        if (changes is null && taken.Length == team.Segments.Count)
        {
            AddWhole(team);
            return;
        }

        var totals = new long[JointPaths.Paths];
        for (var first = 0; first < _days;)
        {
            var (piece, end) = (_pieces[first], first);
            while (end < _pieces.Length && _pieces[end] == piece)
            {
                end++;
            }

            Array.Clear(totals);
            var span = new PeriodSpan(_current.Horizon.Today.AddDays(first), _current.Horizon.Today.AddDays(end), piece, piece + 1);
            foreach (var segment in taken)
            {
                PathTotals.Add(totals, segment, span, _current.RestOfToday);
            }

            changes?.Invoke(new BudgetScope(_scope) { TeamId = team.TeamId }, span, totals);
            Spread(team, totals, first, end);
            first = end;
        }
    }

    private void AddWhole(TeamForecast team)
    {
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            var days = team.Paths.Path(path);
            for (var day = 0; day < _days; day++)
            {
                Add(path, day, day > 0 ? days[day] : team.Segments.Sum(segment => segment.Rest(path, 0, _current.RestOfToday)));
            }
        }
    }

    /// <summary>The days of a piece add up to its total, to the nano.</summary>
    private void Spread(TeamForecast team, long[] totals, int first, int end)
    {
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            var total = Math.Max(0, totals[path]);
            var costs = team.Paths.Path(path)[first..end];
            var (all, sum, given) = (0.0, 0.0, 0L);
            foreach (var cost in costs)
            {
                all += cost;
            }

            for (var day = first; day < Math.Min(end, _days); day++)
            {
                sum += all > 0 ? costs[day - first] / all : 1.0 / costs.Length;
                var through = day == end - 1 ? total : (long)Math.Round(total * Math.Min(1, sum), MidpointRounding.ToEven);
                Add(path, day, through - given);
                given = through;
            }
        }
    }

    private void Take(Func<int, int, double> share)
    {
        for (var i = 0; i < _paths.Length; i++)
        {
            _paths[i] = Nanos.FromForecast(_paths[i] * share(i / _days, i % _days));
        }
    }

    private void Add(PricedItem item) => PlannedPaths.Draw(item, _current.Horizon, (path, day, nanos) =>
    {
        if (day < _days)
        {
            Add(path, day, day > 0 ? nanos : Nanos.FromForecast(nanos * _current.RestOfToday));
        }
    });

    private void Add(int path, int day, long nanos)
    {
        ref var at = ref _paths[path * _days + day];
        at = Nanos.Sum(at, nanos);
    }
}
