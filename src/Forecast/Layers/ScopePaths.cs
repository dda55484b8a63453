using Platform.Contracts.Metering.V1;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>
/// What the scope of a budget spends from now on, by path and day, in whole nano-units: (1) the futures of the segments that it takes, piece by piece of the calendar, over whose days each lies as its
/// team's spend of the path does; (2) of those its share, where it names more than segments know; (3) the plan items that are of it. A scenario changes (1) where the scope names segments or callers,
/// whose calls it touches as it touches the others of their segments; where the scope names providers or models, it changes (2) as it does the routes that are of it.
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
    public static long[] Of(BudgetScope scope, LayeredForecasts layered, CurrentForecast current, int days, Func<int, int, double>? share, ScenarioSpend? scenario = null)
    {
        var paths = new ScopePaths(scope, layered, current, days);
        if (!scope.NeedsShare() || share is not null || scenario is not null)
        {
            foreach (var team in layered.Teams.Where(team => scope.TeamId.Length == 0 || scope.TeamId == team.TeamId))
            {
                paths.Add(team);
                if (scenario is not null && !scope.IsOfRoutes())
                {
                    paths.Change(team, scenario);
                }
            }
        }

        if (scope.NeedsShare() && (share is not null || scenario is not null))
        {
            paths.Take(share, scenario);
        }

        foreach (var (item, multiple) in scenario?.Planned(scope) ?? scope.PlannedIn(layered.Plan.SelectMany(team => team), current))
        {
            paths.Add(item, multiple);
        }

        return paths._paths;
    }

    private void Add(TeamForecast team)
    {
        SegmentPaths[] taken = [.. team.Segments.Where(segment => _scope.Takes(segment.Key))];
        if (taken.Length == team.Segments.Count)
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

            Spread(team, totals, first, end);
            first = end;
        }
    }

    /// <summary>What a scenario changes of a team's segments lies on the days of its step as the team's spend does.</summary>
    private void Change(TeamForecast team, ScenarioSpend scenario)
    {
        var (scope, totals) = (new BudgetScope(_scope) { TeamId = team.TeamId }, new long[JointPaths.Paths]);
        foreach (var (step, (first, end)) in scenario.Steps.Index().TakeWhile(step => step.Item.First < _days))
        {
            Array.Clear(totals);
            scenario.Segments(scope, step, totals);
            Spread(team, totals, first, end);
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
            Spread(path, totals[path], team.Paths.Path(path)[first..end], first, end);
        }
    }

    /// <param name="costs">Of the days from the first on: as they are to each other the total lies on them.</param>
    private void Spread(int path, long total, ReadOnlySpan<long> costs, int first, int end)
    {
        var (all, sum, given) = (0.0, 0.0, 0L);
        foreach (var cost in costs)
        {
            all += cost;
        }

        for (var day = first; total != 0 && day < Math.Min(end, _days); day++)
        {
            sum += all > 0 ? costs[day - first] / all : 1.0 / costs.Length;
            var through = day == end - 1 ? total : (long)Math.Round(total * Math.Min(1, sum), MidpointRounding.ToEven);
            Add(path, day, through - given);
            given = through;
        }
    }

    /// <param name="share">Null: nothing was spent in the scope, and only a scenario may bring something.</param>
    private void Take(Func<int, int, double>? share, ScenarioSpend? scenario)
    {
        var whole = scenario is not null && _scope.IsOfRoutes() ? (long[])_paths.Clone() : null;
        for (var i = 0; i < _paths.Length; i++)
        {
            _paths[i] = share is null ? 0 : Nanos.FromForecast(_paths[i] * share(i / _days, i % _days));
        }

        if (whole is not null)
        {
            Route(scenario!, whole);
        }
    }

    /// <summary>In each step what is in the scope becomes as many times as much as its routes do, and what comes to them from other routes is added.</summary>
    /// <param name="whole">All that the segments of the scope spend, by path and day.</param>
    private void Route(ScenarioSpend scenario, long[] whole)
    {
        var (before, after, arrived) = (new double[JointPaths.Paths], new double[JointPaths.Paths], new double[JointPaths.Paths]);
        foreach (var (step, (first, end)) in scenario.Steps.Index().TakeWhile(step => step.Item.First < _days))
        {
            Array.Clear(before);
            Array.Clear(after);
            Array.Clear(arrived);
            scenario.Routes(_scope, step, before, after, arrived);
            var last = Math.Min(end, _days);
            for (var path = 0; path < before.Length; path++)
            {
                var (at, factor) = (path * _days, before[path] > 0 ? after[path] / before[path] : 1);
                for (var day = first; factor != 1 && day < last; day++)
                {
                    _paths[at + day] = Nanos.FromForecast(_paths[at + day] * factor);
                }

                Spread(path, Nanos.FromForecast(arrived[path] * ((last - first) / (double)(end - first))), whole.AsSpan(at + first, last - first), first, last);
            }
        }
    }

    private void Add(PricedItem item, Func<int, double> multiple) => PlannedPaths.Draw(item, _current.Horizon, (path, day, nanos) =>
    {
        if (day < _days)
        {
            var whole = multiple(day) is not 1 and var times ? Nanos.FromForecast(nanos * times) : nanos;
            Add(path, day, day > 0 ? whole : Nanos.FromForecast(whole * _current.RestOfToday));
        }
    });

    private void Add(int path, int day, long nanos)
    {
        // What a change takes is never more than is there, but for what rounding has made of either.
        ref var at = ref _paths[path * _days + day];
        at = nanos < 0 ? Math.Max(0, at + nanos) : Nanos.Sum(at, nanos);
    }
}
