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

    private string Name => $"seasonal_median({season},{seasons})";

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var residuals = new double[history.Length];
        for (var t = 0; t < history.Length; t++)
        {
            residuals[t] = t < season ? double.NaN : history[t] - MedianBefore(history, t);
        }

        return new Fitted(this, history[^Math.Min(history.Length, season * seasons)..].ToArray(), residuals);
    }

    private double MedianBefore(ReadOnlySpan<double> values, int t)
    {
        Span<double> known = stackalloc double[seasons];
        var count = 0;
        for (var at = t - season; at >= 0 && count < seasons; at -= season)
        {
            known[count++] = values[at];
        }

        known = known[..count];
        known.Sort();
        return (known[(count - 1) / 2] + known[count / 2]) / 2;
    }

    private sealed class Fitted(SeasonalMedian model, double[] lastSeasons, double[] residuals) : IFittedModel
    {
        public string Name => model.Name;

        public ReadOnlySpan<double> Residuals => residuals;

        /// <summary>Values of the path become the medians' past as it goes on, so that the further the path, the further it may have strayed.</summary>
        public void Continue(ReadOnlySpan<double> shocks, Span<double> path)
        {
            var values = new double[lastSeasons.Length + path.Length];
            lastSeasons.CopyTo(values, 0);
            for (var step = 0; step < path.Length; step++)
            {
                var t = lastSeasons.Length + step;
                values[t] = model.MedianBefore(values, t) + shocks[step];
                path[step] = values[t];
            }
        }
    }
}
