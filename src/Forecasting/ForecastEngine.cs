using Platform.Forecasting.Backtesting;
using Platform.Forecasting.Models;
using Platform.Forecasting.Sampling;

namespace Platform.Forecasting;

/// <summary>Forecasts one series of amounts that cannot be negative. Pure: no clock, no I/O, the same answer for the same question.</summary>
public static class ForecastEngine
{
    /// <summary>The fewest observations that a forecast is made from: two weeks of days.</summary>
    public const int LeastHistory = 14;

    /// <summary>Over how many same-season values the seasonal median goes.</summary>
    private const int MedianSeasons = 4;

    /// <summary>
    /// Chooses the model whose totals were nearest when it forecast from earlier days (the simpler one of equals), then draws paths from it whose
    /// band is as wide as those totals ask for.
    /// </summary>
    /// <param name="history">Evenly spaced, oldest first, without gaps; at least <see cref="LeastHistory"/> and two seasons; values below zero count as zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">The history is too short, or an option is not positive.</exception>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public static SeriesForecast Forecast(ReadOnlySpan<double> history, SeriesForecastOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, Math.Max(LeastHistory, 2 * options.Season));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Horizon);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BacktestHorizon);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Paths);

        // Models work on a series whose mean is 1, so that the unit of money changes nothing but the unit of the answer.
        var (scaled, unit) = Normalise(history);
        var plan = BacktestPlan.For(scaled.Length, options.BacktestHorizon);
        var backtest = new Backtest(plan, options.Season, options.Seed);
        var candidates = backtest.Run(Models(options.Season), scaled).OrderBy(candidate => candidate.Score.Wape).ToArray();
        var chosen = candidates[0];
        var paths = SamplePaths.Draw(chosen.Fit, options.Horizon, options.Paths, options.Season, chosen.BandScale, options.Seed);
        return new SeriesForecast(
            chosen.Fit.Name, paths.Scaled(unit), [.. candidates.Select(candidate => candidate.Score)], plan.Horizon, chosen.BandScale);
    }

    /// <summary>In order of simplicity; sorting by error keeps it among equals.</summary>
    private static IForecastModel[] Models(int season) =>
        [new SeasonalNaive(season), new SeasonalMedian(season, MedianSeasons), new ExponentialSmoothing(season)];

    private static (double[] Scaled, double Unit) Normalise(ReadOnlySpan<double> history)
    {
        var scaled = new double[history.Length];
        var sum = 0.0;
        for (var t = 0; t < history.Length; t++)
        {
            if (!double.IsFinite(history[t]))
            {
                throw new ArgumentException($"Observation {t} is {history[t]}; amounts must be finite.", nameof(history));
            }

            scaled[t] = Math.Max(0, history[t]);
            sum += scaled[t];
        }

        var unit = sum > 0 ? sum / history.Length : 1;
        for (var t = 0; t < scaled.Length; t++)
        {
            scaled[t] /= unit;
        }

        return (scaled, unit);
    }
}
