namespace Platform.Forecasting.Models;

/// <summary>The straight line from the first observation through the last goes on.</summary>
public sealed class Drift : IForecastModel
{
    public string Name => "drift";

    public int LeastHistory => 2;

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        return new FixedPath(Name, history[^1], (history[^1] - history[0]) / (history.Length - 1), [0]);
    }
}
