namespace Platform.Forecasting.Models;

/// <summary>Next Monday will be as last Monday was. The least that any other model has to beat.</summary>
/// <param name="season">Observations a season: 7 for days in weeks.</param>
public sealed class SeasonalNaive(int season) : IForecastModel
{
    public int LeastHistory => season;

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var residuals = new double[history.Length];
        for (var t = 0; t < history.Length; t++)
        {
            residuals[t] = t < season ? double.NaN : history[t] - history[t - season];
        }

        return new Fitted(history[^season..].ToArray(), residuals);
    }

    private sealed class Fitted(double[] lastSeason, double[] residuals) : IFittedModel
    {
        public string Name => $"seasonal_naive({lastSeason.Length})";

        public ReadOnlySpan<double> Residuals => residuals;

        public void Continue(ReadOnlySpan<double> shocks, Span<double> path)
        {
            for (var step = 0; step < path.Length; step++)
            {
                var before = step < lastSeason.Length ? lastSeason[step] : path[step - lastSeason.Length];
                path[step] = before + shocks[step];
            }
        }
    }
}
