using Platform.Contracts;
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

    /// <summary>Nothing in any path: as of a team without calls or plans, of which an organisation may have thousands.</summary>
    private bool _isNothing = true;

    public DailyTotals(int days) => (_days, _through) = (days, new long[JointPaths.Paths * days]);

    public int Days => _days;

    /// <summary>Fills it anew, and answers itself.</summary>
    /// <param name="teamId">Empty: all.</param>
    public DailyTotals Of(LayeredForecasts layered, CurrentForecast current, string teamId)
    {
        if (!_isNothing)
        {
            Array.Clear(_through);
            _isNothing = true;
        }

        foreach (var team in layered.Teams.Where(team => teamId.Length == 0 || team.TeamId == teamId))
        {
            // What is left of today is rounded a segment, as everywhere else.
            Add(path => team.Paths.Path(path), path => team.Segments.Sum(segment => segment.Rest(path, 0, current.RestOfToday)));
        }

        foreach (var (team, planned) in layered.Planned)
        {
            if (teamId.Length == 0 || team == teamId)
            {
                Add(planned.Path, path => Nanos.FromForecast(planned.Path(path)[0] * current.RestOfToday));
            }
        }

        return _isNothing ? this : Cumulated();
    }

    /// <summary>Fills it with amounts by path and day, and answers itself.</summary>
    public DailyTotals Of(long[] days)
    {
        days.CopyTo(_through, 0);
        _isNothing = false;
        return Cumulated();
    }

    /// <summary>Fills it with what others have, changed path by path and day by day, and answers itself.</summary>
    /// <param name="changes">By path and day.</param>
    public DailyTotals Of(DailyTotals totals, long[] changes)
    {
        _isNothing = false;
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

    /// <summary>Of the day alone.</summary>
    public long On(int path, int day) => Through(path, day) - (day > 0 ? Through(path, day - 1) : 0);

    /// <summary>From now to the end of a day; 0 is today.</summary>
    public long Through(int path, int day) => _through[path * _days + day];

    /// <summary>Share of paths that spend more than an amount by the end of a day; 0 for a day before today.</summary>
    public double ShareAbove(long nanos, int day) => day < 0 ? 0 : Enumerable.Range(0, JointPaths.Paths).Count(path => Through(path, day) > nanos) / (double)JointPaths.Paths;

    /// <summary>By path, what is spent from now to a moment, within its day as if spend were even; nothing to one that is past, and to one beyond the days what is spent in all of them.</summary>
    public long[] Until(DateTimeOffset moment, CurrentForecast current)
    {
        var (spent, day) = (new long[JointPaths.Paths], current.Horizon.Calendar.DayOf(moment.AddTicks(-1)).DayNumber - current.Horizon.Today.DayNumber);
        var last = Math.Min(day, _days - 1);
        if (moment <= current.Now || last < 0)
        {
            return spent;
        }

        var (start, end) = SpanOf(last, current);
        var part = Math.Min(1, (moment - start) / (end - start));
        for (var path = 0; path < spent.Length; path++)
        {
            spent[path] = part < 1 ? Through(path, last) - On(path, last) + Nanos.FromForecast(On(path, last) * part) : Through(path, last);
        }

        return spent;
    }

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

    /// <summary>
    /// The moment by which a share of paths has spent more than an amount, within its day as if spend were even; now for one below zero, null where it is not within the days.
    /// </summary>
    public DateTimeOffset? MomentAbove(long nanos, double share, CurrentForecast current, int days)
    {
        if (nanos < 0)
        {
            return current.Now;
        }

        if (DayAbove(nanos, share, days) is not { } day)
        {
            return null;
        }

        var parts = new List<double>();
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            var (before, through) = (day > 0 ? Through(path, day - 1) : 0, Through(path, day));
            if (through > nanos)
            {
                parts.Add(before > nanos ? 0 : (nanos - before) / (double)(through - before));
            }
        }

        parts.Sort();
        var (start, end) = SpanOf(day, current);
        return (start + (end - start) * parts[(int)Math.Ceiling(share * JointPaths.Paths) - 1]).TruncateToMicroseconds();
    }

    /// <summary>Ascending, from one day (included) to another (excluded).</summary>
    /// <param name="more">By path, what is added; null: nothing.</param>
    public long[] Sorted(int from, int to, long[]? more = null)
    {
        var totals = new long[JointPaths.Paths];
        for (var path = 0; path < totals.Length; path++)
        {
            totals[path] = Nanos.Sum(to <= 0 ? 0 : Through(path, to - 1) - (from > 0 ? Through(path, from - 1) : 0), more?[path] ?? 0);
        }

        Array.Sort(totals);
        return totals;
    }

    /// <summary>Over which the spend of a day lies; of today what is left.</summary>
    public static (DateTimeOffset Start, DateTimeOffset End) SpanOf(int day, CurrentForecast current)
    {
        var (calendar, today) = (current.Horizon.Calendar, current.Horizon.Today);
        return (day > 0 ? calendar.StartOf(today.AddDays(day)) : current.Now, calendar.StartOf(today.AddDays(day + 1)));
    }

    private delegate ReadOnlySpan<long> PathOf(int path);

    /// <param name="restOfToday">By path, what is left of the first day.</param>
    private void Add(PathOf paths, Func<int, long> restOfToday)
    {
        _isNothing = false;
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            var days = paths(path);
            var into = _through.AsSpan(path * _days, _days);
            into[0] = Nanos.Sum(into[0], restOfToday(path));
            Nanos.AddTo(into[1..days.Length], days[1..]);
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
