namespace Platform.Forecasting.Models;

/// <summary>
/// Splits a series into trend, one season and a rest by local regression: STL (Cleveland et al. 1990), without its robustness weights, since outliers
/// are treated before.
/// </summary>
/// <param name="season">Observations a season, at least 2.</param>
/// <param name="window">How many seasons the pattern may change over, odd; the longer, the steadier.</param>
internal sealed class SeasonalTrend(int season, int window)
{
    private const int Rounds = 2;
    private readonly int _trendWindow = Odd((int)Math.Ceiling(1.5 * season / (1 - 1.5 / window)));

    /// <summary>Adds nothing to the values: value = trend + seasonal + rest.</summary>
    public void Split(ReadOnlySpan<double> values, Span<double> trend, Span<double> seasonal)
    {
        var n = values.Length;
        var cycles = new double[n + 2 * season];
        var first = new double[n + 2 * season];
        var second = new double[n + 2 * season];
        var rest = new double[n];
        trend.Clear();
        for (var round = 0; round < Rounds; round++)
        {
            for (var t = 0; t < n; t++)
            {
                rest[t] = values[t] - trend[t];
            }

            SmoothPositions(rest, cycles);
            MovingMean(cycles, season, first);
            MovingMean(first.AsSpan(0, n + season + 1), season, second);
            MovingMean(second.AsSpan(0, n + 2), 3, first);
            var low = second.AsSpan(0, n);
            Loess.Smooth(first.AsSpan(0, n), Odd(season), linear: true, Jump(season), low);
            for (var t = 0; t < n; t++)
            {
                seasonal[t] = cycles[t + season] - low[t];
                rest[t] = values[t] - seasonal[t];
            }

            Loess.Smooth(rest, _trendWindow, linear: true, Jump(_trendWindow), trend);
        }
    }

    /// <summary>Smooths the values of each position by themselves, and goes on for one season on both sides.</summary>
    private void SmoothPositions(ReadOnlySpan<double> values, Span<double> cycles)
    {
        var most = (values.Length + season - 1) / season;
        Span<double> own = new double[most];
        Span<double> smooth = new double[most];
        for (var position = 0; position < season; position++)
        {
            var count = 0;
            for (var t = position; t < values.Length; t += season)
            {
                own[count++] = values[t];
            }

            Loess.Smooth(own[..count], window, linear: false, Jump(window), smooth[..count]);
            cycles[position] = Loess.At(own[..count], -1, window, linear: false);
            for (var i = 0; i < count; i++)
            {
                cycles[position + (i + 1) * season] = smooth[i];
            }

            cycles[position + (count + 1) * season] = Loess.At(own[..count], count, window, linear: false);
        }
    }

    private static void MovingMean(ReadOnlySpan<double> values, int length, Span<double> means)
    {
        var sum = 0.0;
        for (var t = 0; t < values.Length; t++)
        {
            sum += values[t] - (t >= length ? values[t - length] : 0);
            if (t >= length - 1)
            {
                means[t - length + 1] = sum / length;
            }
        }
    }

    private static int Odd(int value) => value | 1;

    private static int Jump(int window) => (window + 9) / 10;
}
