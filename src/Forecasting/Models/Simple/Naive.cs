namespace Platform.Forecasting.Models;

/// <summary>All that follows will be as the last observation was.</summary>
public sealed class Naive : IForecastModel
{
    public string Name => "naive";

    public int LeastHistory => 1;

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        return new FixedPath(Name, history[^1], 0, [0]);
    }
}
