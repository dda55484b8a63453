using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>
/// What some teams spend from now on, path by path and day by day, planned demand included: what dates are read off. Three megabytes, which are filled for one team after the other.
/// </summary>
internal sealed class DailyTotals
{
    private readonly long[] _through;
    private readonly int _days;

    public DailyTotals(int days) => (_days, _through) = (days, new long[JointPaths.Paths * days]);

    /// <summary>Fills it anew, and answers itself.</summary>
    /// <param name="teamId">Empty: all.</param>
    public DailyTotals Of(LayeredForecasts layered, CurrentForecast current, string teamId)
    {
        Array.Clear(_through);
        foreach (var team in layered.Teams.Where(team => teamId.Length == 0 || team.TeamId == teamId))
        {
            Add(path => team.Paths.Path(path), current.RestOfToday);
        }

        foreach (var (team, planned) in layered.Planned)
        {
            if (teamId.Length == 0 || team == teamId)
            {
                Add(planned.Path, current.RestOfToday);
            }
        }

        return Cumulated();
    }

    /// <summary>Fills it with what others have, changed path by path and day by day, and answers itself.</summary>
    /// <param name="changes">By path and day.</param>
    public DailyTotals Of(DailyTotals totals, long[] changes)
    {
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            var sum = 0L;
            for (var day = 0; day < _days; day++)
            {
                var at = path * _days + day;
                sum += changes[at];
                _through[at] = totals._through[at] + sum;
            }
        }

        return this;
    }

    /// <summary>From now to the end of a day; 0 is today.</summary>
    public long Through(int path, int day) => _through[path * _days + day];

    /// <summary>Share of paths that spend more than an amount by the end of a day; 0 for a day before today.</summary>
    public double ShareAbove(long nanos, int day) => day < 0 ? 0 : Enumerable.Range(0, JointPaths.Paths).Count(path => Through(path, day) > nanos) / (double)JointPaths.Paths;

    /// <summary>The first day by whose end a share of paths spends more than an amount; null: none within the days.</summary>
    public int? DayAbove(long nanos, double share, int days)
    {
        // Sums only grow, so that the first such day is found by halving.
        var (low, high) = (0, Math.Min(days, _days) - 1);
        if (high < 0 || ShareAbove(nanos, high) < share)
        {
            return null;
        }

        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = ShareAbove(nanos, middle) >= share ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    /// <summary>Ascending, from one day (included) to another (excluded).</summary>
    public long[] Sorted(int from, int to)
    {
        var totals = new long[JointPaths.Paths];
        for (var path = 0; path < totals.Length; path++)
        {
            totals[path] = to <= 0 ? 0 : Through(path, to - 1) - (from > 0 ? Through(path, from - 1) : 0);
        }

        Array.Sort(totals);
        return totals;
    }

    private delegate ReadOnlySpan<long> PathOf(int path);

    private void Add(PathOf paths, double restOfToday)
    {
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            var days = paths(path);
            for (var day = 0; day < days.Length; day++)
            {
                ref var at = ref _through[path * _days + day];
                at = Nanos.Sum(at, day > 0 ? days[day] : Nanos.FromForecast(days[0] * restOfToday));
            }
        }
    }

    private DailyTotals Cumulated()
    {
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            for (var day = 1; day < _days; day++)
            {
                ref var at = ref _through[path * _days + day];
                at = Nanos.Sum(at, _through[path * _days + day - 1]);
            }
        }

        return this;
    }
}
