using Platform.Forecasting.Sampling;

namespace Platform.Forecasting.Effects;

/// <summary>
/// What a change at a known moment did to a series: what came after it, beside the futures that its past alone made likely (interrupted time series; the counterfactual is the
/// engine's forecast from before the change, as in Brodersen et al. 2015). Whatever else changed at the same moment is in it too.
/// </summary>
/// <param name="Actual">What came, summed over the steps judged.</param>
/// <param name="Expected">The total that would have come without the change: its band.</param>
/// <param name="Difference">Actual less the counterfactual's paths.</param>
/// <param name="Share">The difference as a share of each path's own total, 0.1 is ten percent more than without the change; a path of nothing counts as none.</param>
/// <param name="Steps">How many steps after the change were judged.</param>
/// <param name="Counterfactual">The forecast from before the change.</param>
public sealed record ChangeEffect(double Actual, Band Expected, Band Difference, Band Share, int Steps, SeriesOutlook Counterfactual)
{
    private const int Paths = 1000;

    /// <summary>False where the 80 % band of the difference holds none: then there is no visible effect.</summary>
    public bool IsVisible => Difference.P10 > 0 || Difference.P90 < 0;

    /// <param name="series">Evenly spaced, oldest first.</param>
    /// <param name="at">The first step under the change.</param>
    /// <param name="options">Seasons and seed; horizon and backtest horizon are set by what came after the change.</param>
    /// <exception cref="ArgumentOutOfRangeException">Nothing lies before the change, or nothing after it.</exception>
    public static ChangeEffect Of(ReadOnlySpan<double> series, int at, SeriesForecastOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(at, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(at, series.Length);
        var steps = series.Length - at;
        var outlook = ForecastEngine.Outlook(series[..at], options with { Horizon = steps, BacktestHorizon = steps });
        var paths = outlook.Draw(Paths, options.Seed);
        var actual = 0.0;
        foreach (var value in series[at..])
        {
            actual += double.IsNaN(value) ? 0 : Math.Max(0, value);
        }

        return new ChangeEffect(
            actual, paths.Total(0, steps), Band.Of(paths.Sorted(path => actual - paths.Sum(path, 0, steps))),
            Band.Of(paths.Sorted(path => paths.Sum(path, 0, steps) is > 0 and var total ? actual / total - 1 : 0)), steps, outlook);
    }
}
