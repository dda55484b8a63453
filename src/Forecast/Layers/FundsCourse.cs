using Platform.Contracts;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>What the wallets below one take from it, and give back.</summary>
/// <param name="Given">By moment, what is planned to come to one of them. It waits where it is not there.</param>
/// <param name="Returned">By moment, what comes back at the end of a period in each future.</param>
internal sealed record FundsBelow(IReadOnlyList<(DateTimeOffset At, long Nanos)> Given, IReadOnlyList<(DateTimeOffset At, long[] ByPath)> Returned)
{
    public static readonly FundsBelow None = new([], []);
}

/// <summary>
/// What becomes of funds in each future. Between two turns of the calendar they are a sum; at a turn what ends goes back or stays, then what is due comes, as one movement. What is spent is taken from the
/// money that ends first. Within a day spend is as if it were even. What is asked for while nothing is there is refused, and not asked for again.
/// </summary>
internal sealed class FundsCourse
{
    private readonly SpendableFunds _funds;
    private readonly DailyTotals _totals;
    private readonly CurrentForecast _current;
    private readonly FundsBelow _below;

    private readonly Turn[] _turns;

    /// <summary>By part, what is there now; the last has no end.</summary>
    private readonly long[] _there;
    private readonly long[] _left;

    /// <summary>When each future is out of money, in days from now, ascending.</summary>
    private readonly double[] _exhausted;

    public FundsCourse(SpendableFunds funds, DailyTotals totals, CurrentForecast current, FundsBelow? below = null)
    {
        (_funds, _totals, _current, _below) = (funds, totals, current, below ?? FundsBelow.None);
        (_there, _left) = (new long[funds.Parts.Count + 1], new long[funds.Parts.Count + 1]);
        foreach (var (place, part) in funds.Parts.Index().Where(part => part.Item.From is null))
        {
            _there[place] = part.Nanos;
        }

        // What is in suspense or drawn for good is gone of what ends first.
        _there[^1] = funds.AvailableNanos - _there.Sum();
        for (var place = 0; place < _there.Length - 1 && _there[^1] < 0; place++)
        {
            var gone = Math.Min(_there[place], -_there[^1]);
            (_there[place], _there[^1]) = (_there[place] - gone, _there[^1] + gone);
        }

        _there[^1] = Math.Max(0, _there[^1]);
        _turns = [.. Turns()];
        _exhausted = [.. Enumerable.Range(0, JointPaths.Paths).Select(path => Walk(path, totals.Days, funds.OverageNanos, stops: true).At)];
        Array.Sort(_exhausted);
    }

    /// <summary>What goes back to the wallet above at the ends of periods.</summary>
    public IReadOnlyList<(DateTimeOffset At, long[] ByPath)> Returned()
    {
        (DateTimeOffset At, long[] ByPath)[] returned = [.. _turns.Select(turn => (turn.At, new long[JointPaths.Paths]))];
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            Walk(path, _totals.Days, _funds.OverageNanos, returned: returned);
        }

        return [.. returned.Where((_, place) => _turns[place].Ends.Any(part => _funds.Parts[part].Returns))];
    }

    /// <summary>Share of futures that are out of money before the start of a day from now; 0 is today.</summary>
    public double ExhaustedBefore(int day) => _exhausted.Count(at => at < day) / (double)_exhausted.Length;

    /// <summary>The moment by which a share of futures is out of money; now where there is none and none comes before it is asked for, null where it is not within the days.</summary>
    public DateTimeOffset? ExhaustedIn(double share)
    {
        var at = _exhausted[(int)Math.Ceiling(share * JointPaths.Paths) - 1];
        if (!double.IsFinite(at))
        {
            return null;
        }

        if (_funds.AvailableNanos <= 0 && !_turns.Any(turn => turn.Day + turn.Part <= at))
        {
            return _current.Now;
        }

        var (start, end) = DailyTotals.SpanOf((int)at, _current);
        return (start + (end - start) * (at - (int)at)).TruncateToMicroseconds();
    }

    /// <summary>What is to be put in now so that a share of futures is not out of money in the first days; the overage is repaid of it first. Nothing where they are not as it is, whatever the overage.</summary>
    public long Missing(double share, int days)
    {
        if (!_turns.Any(turn => turn.Day < days))
        {
            var needed = PathTotals.Quantile(_totals.Sorted(0, days), share);
            return needed <= _funds.AvailableNanos ? 0 : Nanos.Sum(needed, _funds.OverageNanos) - _funds.AvailableNanos;
        }

        if (PathTotals.Quantile(Sorted(Refused(days)), share) == 0)
        {
            return 0;
        }

        // What comes later has no overage to repay then.
        return Nanos.Sum(PathTotals.Quantile(Sorted(Refused(days, 0, gives: true)), share), _funds.OverageNanos);
    }

    /// <summary>By future, what is asked for in the first days while nothing is there.</summary>
    public long[] Refused(int days) => Refused(days, _funds.OverageNanos);

    private long[] Refused(int days, long overage, bool gives = false) =>
        [.. Enumerable.Range(0, JointPaths.Paths).Select(path => Walk(path, days, overage, gives: gives).Refused)];

    private static long[] Sorted(long[] nanos)
    {
        Array.Sort(nanos);
        return nanos;
    }

    /// <param name="stops">At the first moment without money: what comes afterwards is not looked at.</param>
    /// <param name="gives">What wallets below are to get and is not there is missing too, instead of waiting.</param>
    /// <param name="returned">By turn: takes what goes back.</param>
    private (double At, long Refused) Walk(
        int path, int days, long overage, bool stops = false, bool gives = false, (DateTimeOffset At, long[] ByPath)[]? returned = null)
    {
        _there.CopyTo(_left, 0);

        // What is gone since the last turn is taken at the next, less what came back: until then it is not told whose money it was.
        var (at, refused, last, spent, gone) = (double.PositiveInfinity, 0L, default(Turn), 0L, 0L);
        for (var place = 0; ; place++)
        {
            var turn = place < _turns.Length && _turns[place].Day < days ? _turns[place] : new Turn(default, days, 0, [], [], [], []);
            var (through, money) = (Through(path, turn), _left.Aggregate(0L, Nanos.Sum) - gone);
            var wanted = through - spent;
            if (wanted > money)
            {
                at = double.IsFinite(at) ? at : Position(path, last, turn, spent + money);
                refused += wanted - money;
            }

            if (turn.Day == days || (stops && double.IsFinite(at)))
            {
                return (at, refused);
            }

            Take(gone + Math.Min(wanted, money) - turn.Returned.Sum(byPath => byPath[path]));
            End(turn, returned?[place].ByPath, path);
            overage = Begin(turn, overage);
            (last, spent, gone) = (turn, through, 0);
            foreach (var nanos in turn.Given)
            {
                var there = _left.Aggregate(0L, Nanos.Sum) - gone;
                refused += gives ? Math.Max(0, nanos - there) : 0;
                gone += nanos <= there ? nanos : gives ? there : 0;
            }
        }
    }

    /// <summary>What ends first is taken first. Less than nothing is a scenario's, which spends less than was spent already: it stays without an end.</summary>
    private void Take(long nanos)
    {
        for (var place = 0; place < _left.Length - 1 && nanos > 0; place++)
        {
            var taken = Math.Min(_left[place], nanos);
            (_left[place], nanos) = (_left[place] - taken, nanos - taken);
        }

        _left[^1] -= nanos;
    }

    /// <param name="returned">By path; null: nobody asks.</param>
    private void End(Turn turn, long[]? returned, int path)
    {
        foreach (var place in turn.Ends)
        {
            var returns = _funds.Parts[place].Returns;
            if (returns && returned is not null)
            {
                returned[path] += _left[place];
            }

            (_left[^1], _left[place]) = (Nanos.Sum(_left[^1], returns ? 0 : _left[place]), 0);
        }
    }

    private long Begin(Turn turn, long overage)
    {
        foreach (var place in turn.Begins)
        {
            var part = _funds.Parts[place];
            var repaid = Math.Min(overage, part.Nanos);
            overage -= repaid;
            ref var left = ref _left[part.EndsAt is null ? _left.Length - 1 : place];
            left = Nanos.Sum(left, part.Nanos - repaid);
        }

        return overage;
    }

    /// <summary>From now to a turn.</summary>
    private long Through(int path, Turn turn) =>
        (turn.Day > 0 ? _totals.Through(path, turn.Day - 1) : 0) + (turn.Part > 0 ? Nanos.FromForecast(_totals.On(path, turn.Day) * turn.Part) : 0);

    /// <summary>When more than an amount is spent, between two turns between which it is.</summary>
    private double Position(int path, Turn from, Turn to, long nanos)
    {
        var (low, high) = (from.Day, to.Part > 0 ? to.Day : to.Day - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _totals.Through(path, middle) > nanos ? (low, middle) : (middle + 1, high);
        }

        var before = low > 0 ? _totals.Through(path, low - 1) : 0;
        var part = (nanos - before) / (double)(_totals.Through(path, low) - before);
        return low + Math.Max(part, low == from.Day ? from.Part : 0);
    }

    /// <summary>In order; what was due before now, and is about to be done, first.</summary>
    private IEnumerable<Turn> Turns()
    {
        var moments = _funds.Parts.SelectMany(part => new[] { part.From, part.EndsAt }).OfType<DateTimeOffset>().Concat(_below.Given.Select(given => given.At)).Concat(_below.Returned.Select(back => back.At))
            .Select(Due).Distinct().Order();
        foreach (var moment in moments)
        {
            var day = _current.Horizon.Calendar.DayOf(moment).DayNumber - _current.Horizon.Today.DayNumber;
            if (day >= _totals.Days)
            {
                yield break;
            }

            var (start, end) = DailyTotals.SpanOf(day, _current);
            yield return new Turn(
                moment, day, Math.Clamp((moment - start) / (end - start), 0, 1), Places(part => part.EndsAt is { } ends && Due(ends) == moment), Places(part => part.From is { } from && Due(from) == moment),
                [.. _below.Given.Where(given => Due(given.At) == moment).Select(given => given.Nanos)], [.. _below.Returned.Where(back => Due(back.At) == moment).Select(back => back.ByPath)]);
        }

        DateTimeOffset Due(DateTimeOffset moment) => moment > _current.Now ? moment : _current.Now;

        int[] Places(Func<FundsPart, bool> isThen) => [.. _funds.Parts.Index().Where(part => isThen(part.Item)).Select(part => part.Index)];
    }

    /// <param name="Day">From now; 0 is today.</param>
    /// <param name="Part">Of the day's spend that comes before it.</param>
    /// <param name="Ends">Places of the parts that end.</param>
    /// <param name="Given">To wallets below.</param>
    /// <param name="Returned">By path, from wallets below.</param>
    private readonly record struct Turn(DateTimeOffset At, int Day, double Part, int[] Ends, int[] Begins, long[] Given, long[][] Returned);
}
