namespace Platform.Forecasting.Models;

/// <summary>
/// Next Monday will be as the middle one of the last Mondays: slow to follow growth, hard to upset by one odd day. With an even number of values the
/// median is the mean of the middle two.
/// </summary>
/// <param name="season">Observations a season: 7 for days in weeks.</param>
/// <param name="seasons">How many same-season values the median is taken of.</param>
public sealed class SeasonalMedian(int season, int seasons) : IForecastModel
{
    public int LeastHistory => season;

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var residuals = new double[history.Length];
        for (var t = 0; t < history.Length; t++)
        {
            residuals[t] = t < season ? double.NaN : history[t] - MedianBefore(history, t);
        }

        var next = new double[season];
        for (var step = 0; step < season; step++)
        {
            next[step] = MedianBefore(history, history.Length + step);
        }

        return new Fitted($"seasonal_median({season},{seasons})", next, residuals);
    }

    private double MedianBefore(ReadOnlySpan<double> history, int t)
    {
        Span<double> values = stackalloc double[seasons];
        var count = 0;
        for (var at = t - season; at >= 0 && count < seasons; at -= season)
        {
            values[count++] = history[at];
        }

        var known = values[..count];
        known.Sort();
        return (known[(count - 1) / 2] + known[count / 2]) / 2;
    }

    private sealed class Fitted(string name, double[] next, double[] residuals) : IFittedModel
    {
        public string Name => name;

        public ReadOnlySpan<double> Residuals => residuals;

        public void Continue(ReadOnlySpan<double> shocks, Span<double> path)
        {
            for (var step = 0; step < path.Length; step++)
            {
                path[step] = next[step % next.Length] + shocks[step];
            }
        }
    }
}
