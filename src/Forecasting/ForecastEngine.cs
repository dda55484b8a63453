using Platform.Forecasting.Backtesting;
using Platform.Forecasting.Combining;
using Platform.Forecasting.Models;
using Platform.Forecasting.Preparation;
using Platform.Forecasting.Sampling;

namespace Platform.Forecasting;

/// <summary>Forecasts one series of amounts that cannot be negative. Pure: no clock, no I/O, the same answer for the same question.</summary>
public static class ForecastEngine
{
    /// <summary>The fewest observations that are advised: two weeks of days. Fewer are forecast too, with wide bands and a finding that says so.</summary>
    public const int LeastHistory = 14;

    /// <summary>
    /// 1. Treats and reports what is odd about the history. 2. Makes every model forecast from earlier points. 3. Chooses the combination that did best
    /// there. 4. Draws joint paths around its forecast, with errors as they were there.
    /// </summary>
    /// <param name="history">
    /// Evenly spaced, oldest first, at least one observation. Not a number where one is missing; values below zero count as zero.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The history is empty, or an option is not positive.</exception>
    /// <exception cref="ArgumentException">A value is infinite, or every value is missing, or exposure does not cover history and horizon.</exception>
    public static SeriesForecast Forecast(ReadOnlySpan<double> history, SeriesForecastOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfZero(history.Length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Horizon);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BacktestHorizon);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Paths);
        if (options.Exposure.Count > 0 && (options.Exposure.Count < history.Length + options.Horizon || options.Exposure.Any(amount => !(amount > 0 && double.IsFinite(amount)))))
        {
            throw new ArgumentException("Exposure must be above zero and finite, with an entry for every step of the history and the horizon.", nameof(options));
        }

        var prepared = PreparedSeries.Of(history, options);
        var values = prepared.Values;
        var plan = BacktestPlan.For(values.Length, options.BacktestHorizon, prepared.Seasons.Count > 0 ? prepared.Seasons[0] : 1);
        var shortest = plan.Origins.Count > 0 ? plan.Origins[0] : values.Length;
        var models = ModelPool.For(values.AsSpan(0, shortest), values, prepared.Seasons);
        var backtest = Backtest.Run(models, values, plan, options.Horizon);
        var choice = Choice.Of(backtest);
        var longest = prepared.Seasons.Count > 0 ? prepared.Seasons[^1] : 1;
        var errors = ErrorModel.Of(new ErrorEvidence(choice.Forecasts, backtest.Actuals, plan.Independent, values, longest, prepared.SeasonUnseen));
        var paths = prepared.Restore(errors.Draw(choice.Final, options.Paths, options.Seed, Disagreement.Of(backtest)), options.Seed);
        return new SeriesForecast(
            Naming.Of(choice, backtest.Names), paths, Scoring.Of(choice, backtest), plan.Horizon, errors.Widening, prepared.Findings);
    }
}
