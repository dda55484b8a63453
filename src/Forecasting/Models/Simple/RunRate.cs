namespace Platform.Forecasting.Models;

/// <summary>All that follows will be as the mean of the last so many observations: what is meant by a run rate.</summary>
/// <param name="window">Observations that the mean is taken of, fewer where the history is shorter; int.MaxValue for all.</param>
public sealed class RunRate(int window) : IForecastModel
{
    public string Name => window == int.MaxValue ? "mean" : $"run_rate({window})";

    public int LeastHistory => 1;

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var last = history[^Math.Min(window, history.Length)..];
        var sum = 0.0;
        foreach (var value in last)
        {
            sum += value;
        }

        return new FixedPath(Name, sum / last.Length, 0, [0]);
    }
}
