using Platform.Forecast.Segments;
using Platform.Forecasting.Sampling;

namespace Platform.Forecast.Layers;

/// <summary>
/// Which of the last days each day ahead is like, path by path. A path first draws a past of its own, with replacement, from the days that there are (how sure their mean is: the bootstrap of
/// Efron 1979), and from it each day ahead (how days differ). All segments share the draws: what failed for one on a day failed for the others.
/// </summary>
internal sealed class DayDraws
{
    private const ulong Seed = 20_260_602;

    private readonly HorizonCalendar _calendar;
    private readonly int _window;
    private readonly int[] _pieces;
    private readonly int[][] _judged;

    /// <summary>By path and day ahead, how many days before yesterday.</summary>
    private readonly byte[] _back;

    /// <summary>By path and day ahead, what the part of the day drawn is multiplied by; null: 1.</summary>
    private readonly float[]? _sizes;

    /// <param name="window">Days that are drawn from, at most 255.</param>
    /// <param name="name">Names the draws.</param>
    /// <param name="fading">How often a day is drawn beside the next, 0 to 1.</param>
    /// <param name="isSmooth">
    /// Parts are seen on few days, and others than these will come: each is drawn larger or smaller (the smoothed bootstrap of Silverman and Young 1987; exponential, whose mean is 1).
    /// </param>
    public DayDraws(HorizonCalendar calendar, int window, string name, double fading = 1, bool isSmooth = false)
    {
        (_calendar, _window, _pieces) = (calendar, window, calendar.PiecesOfDays());
        _judged = [.. Enumerable.Range(0, HorizonCalendar.LastJudged + 1).Select(day => HorizonCalendar.JudgedColumnsOf(day).ToArray())];
        _back = new byte[JointPaths.Paths * calendar.Days];
        _sizes = isSmooth ? new float[_back.Length] : null;
        var past = new byte[window];
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            var random = new Randomness(Randomness.SeedOf(Seed ^ Randomness.SeedOf(name), (ulong)path));
            for (var i = 0; i < window; i++)
            {
                past[i] = (byte)Back(random.NextDouble(), window, fading);
            }

            for (var day = 0; day < calendar.Days; day++)
            {
                var at = path * calendar.Days + day;
                _back[at] = past[(int)(random.NextDouble() * window)];
                if (_sizes is not null)
                {
                    _sizes[at] = (float)(-Math.Log(1 - random.NextDouble()));
                }
            }
        }
    }

    /// <summary>By path and column of <see cref="HorizonCalendar"/>, the sum of the parts by the sum of the wholes of the days drawn; null where the parts are nothing.</summary>
    /// <param name="days">Oldest first; those before the window are not looked at. Fewer are drawn from as often as needed.</param>
    /// <param name="least">What a share is at least.</param>
    public float[]? Shares(IReadOnlyList<SegmentDay> days, Func<SegmentDay, double> part, Func<SegmentDay, double> whole, double least, double most)
    {
        var (parts, wholes) = (Values(days, part), Values(days, whole));
        return parts.All(value => value == 0) || wholes.Sum() <= 0 ? null : Draw(parts, wholes, least, most);
    }

    /// <summary>By path and column, the sum of the parts of the days drawn; null where they are nothing.</summary>
    /// <param name="known">Days, at least one: those of them before the first are days of nothing, and what was before them nobody knows.</param>
    public float[]? Sums(IReadOnlyList<SegmentDay> days, Func<SegmentDay, double> part, int known)
    {
        double[] parts = [.. Values(days, part).Concat(new double[_window]).Take(Math.Clamp(known, 1, _window))];
        return parts.All(value => value == 0) ? null : Draw(parts, null, 0, double.MaxValue);
    }

    /// <summary>Yesterday's first.</summary>
    private double[] Values(IReadOnlyList<SegmentDay> days, Func<SegmentDay, double> of) => [.. days.TakeLast(_window).Reverse().Select(of)];

    private float[] Draw(double[] parts, double[]? wholes, double least, double most)
    {
        var overall = wholes is null ? 0 : parts.Sum() / wholes.Sum();
        var shares = new float[JointPaths.Paths * HorizonCalendar.Columns];
        Span<double> sums = stackalloc double[HorizonCalendar.Columns];
        Span<double> bases = stackalloc double[HorizonCalendar.Columns];
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            sums.Clear();
            bases.Clear();
            Sum(path, parts, _sizes, sums);
            if (wholes is not null)
            {
                Sum(path, wholes, null, bases);
            }

            for (var column = 0; column < sums.Length; column++)
            {
                var share = wholes is null ? sums[column] : bases[column] > 0 ? sums[column] / bases[column] : overall;
                shares[path * HorizonCalendar.Columns + column] = (float)Math.Clamp(share, least, most);
            }
        }

        return shares;
    }

    /// <summary>Of evenly spread shares, how many days back: the geometric distribution, cut at the window.</summary>
    private static int Back(double share, int window, double fading) =>
        fading >= 1 ? (int)(share * window) : Math.Min(window - 1, (int)(Math.Log(1 - share * (1 - Math.Pow(fading, window))) / Math.Log(fading)));

    private void Sum(int path, double[] values, float[]? sizes, Span<double> columns)
    {
        var back = _back.AsSpan(path * _calendar.Days, _calendar.Days);
        for (var day = 0; day < back.Length; day++)
        {
            var value = values[back[day] < values.Length ? back[day] : back[day] % values.Length] * (sizes is null ? 1 : sizes[path * back.Length + day]);
            columns[_pieces[day]] += value;
            if (day <= HorizonCalendar.LastJudged)
            {
                foreach (var column in _judged[day])
                {
                    columns[column] += value;
                }
            }
        }
    }
}
