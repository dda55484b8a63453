using Platform.Forecasting.Preparation;
using Platform.Forecasting.Sampling;

namespace Platform.Forecasting.Periods;

/// <summary>What a budget period will come to: spent to date plus the rest of it.</summary>
/// <param name="Total">Of the whole period, in the history's unit; never below what was spent.</param>
/// <param name="Series">The forecast that the rest's spread was read off.</param>
public sealed record PeriodTotal(Band Total, SeriesForecast Series)
{
    /// <summary>
    /// Projects a period from everything up to now, the period's own days included. The rest's middle is <see cref="PeriodRule"/>'s: over totals of weeks
    /// and months simple rules are the harder ones to beat. How far it may be off, in proportion, is the engine's.
    /// </summary>
    /// <param name="history">As of <see cref="ForecastEngine.Forecast"/>; its last <paramref name="elapsed"/> observations are the period's first.</param>
    /// <param name="elapsed">Observations of the period so far, 0 to the period's length less 1.</param>
    /// <param name="period">Observations of the whole period.</param>
    /// <param name="options">Horizon and backtest horizon are set by the period.</param>
    /// <exception cref="ArgumentOutOfRangeException">Nothing of the period is left, or the history is shorter than what has passed of it.</exception>
    public static PeriodTotal Project(ReadOnlySpan<double> history, int elapsed, int period, SeriesForecastOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elapsed);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(elapsed, period);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elapsed, history.Length);
        var left = period - elapsed;
        var forecast = ForecastEngine.Forecast(history, options with { Horizon = left, BacktestHorizon = left });
        var (values, unit, _, _) = PreparedSeries.Of(history, new SeriesForecastOptions(left, left) { Seasons = [] });
        var spent = 0.0;
        foreach (var value in history[^elapsed..])
        {
            spent += double.IsNaN(value) ? 0 : Math.Max(0, value);
        }

        var rest = PeriodRule.Rest(values, left, options.Season) * unit;
        var band = forecast.Paths.Total(0, left);
        var scale = band.P50 > 0 ? rest / band.P50 : 1;
        return new PeriodTotal(new Band(spent + scale * band.P10, spent + scale * band.P50, spent + scale * band.P90), forecast);
    }
}
