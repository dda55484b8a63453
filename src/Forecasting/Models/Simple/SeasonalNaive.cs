namespace Platform.Forecasting.Models;

/// <summary>Next Monday will be as last Monday was. The least that any other model has to beat.</summary>
/// <param name="season">Observations a season: 7 for days in weeks.</param>
public sealed class SeasonalNaive(int season) : IForecastModel
{
    public string Name => $"seasonal_naive({season})";

    public int LeastHistory => season;

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        return new FixedPath(Name, 0, 0, history[^season..].ToArray());
    }
}
