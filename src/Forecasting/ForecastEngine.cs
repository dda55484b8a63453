using Platform.Forecasting.Backtesting;
using Platform.Forecasting.Combining;
using Platform.Forecasting.Models;
using Platform.Forecasting.Periods;
using Platform.Forecasting.Preparation;
using Platform.Forecasting.Sampling;

namespace Platform.Forecasting;

/// <summary>Forecasts one series of amounts that cannot be negative. Pure: no clock, no I/O, the same answer for the same question.</summary>
public static class ForecastEngine
{
    /// <summary>Raised with every change after which the same history has another forecast: what was published says which engine made it.</summary>
    public const string Version = "7";

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
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Paths);
        var outlook = Outlook(history, options);
        return new SeriesForecast(
            outlook.Model, outlook.Draw(options.Paths, options.Seed), outlook.Scores, outlook.BacktestHorizon, outlook.BandScale, outlook.Findings);
    }

    /// <summary>As <see cref="Forecast"/> up to its paths, which are then drawn together with those of other series.</summary>
    /// <exception cref="ArgumentOutOfRangeException">As of <see cref="Forecast"/>.</exception>
    /// <exception cref="ArgumentException">As of <see cref="Forecast"/>.</exception>
    public static SeriesOutlook Outlook(ReadOnlySpan<double> history, SeriesForecastOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfZero(history.Length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Horizon);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BacktestHorizon);

        if (options.Exposure.Count > 0 && (options.Exposure.Count < history.Length + options.Horizon || options.Exposure.Any(amount => !(amount > 0 && double.IsFinite(amount)))))
        {
            throw new ArgumentException("Exposure must be above zero and finite, with an entry for every step of the history and the horizon.", nameof(options));
        }

        var (prepared, backtest) = Tried(history, options);
        var choice = Choice.Of(backtest);
        var longest = prepared.Seasons.Count > 0 ? prepared.Seasons[^1] : 1;
        var evidence = ErrorEvidence.Of(choice, backtest, prepared, longest, options.Horizon);
        var errors = ErrorModel.Of(evidence, Disagreement.Of(backtest));
        var (centre, scales) = options.PeriodLeft > 0
            ? PeriodLevel.Of(choice.Final, errors, prepared.Values, options.PeriodLeft, options.Season)
            : (choice.Final, errors.Scales(choice.Final));
        return new SeriesOutlook(
            Naming.Of(choice, backtest.Names), centre, scales, prepared.Unit, prepared.Ahead(options.Horizon), errors, Scoring.Of(choice, backtest), backtest.Plan.Horizon, prepared.Findings)
        {
            Usual = prepared.Usual,
        };
    }

    /// <summary>
    /// Every model's forecasts from earlier points, by what was known there. The unit, which models are tried, and what a calendar or an exposure does, are decided once, by the whole history.
    /// </summary>
    internal static (PreparedSeries Prepared, Backtest Backtest) Tried(ReadOnlySpan<double> history, SeriesForecastOptions options)
    {
        var prepared = PreparedSeries.Of(history, options);
        var values = prepared.Values;
        var plan = prepared.Judgeable(BacktestPlan.For(values.Length, options.BacktestHorizon, prepared.Seasons.Count > 0 ? prepared.Seasons[0] : 1));
        var shortest = plan.Origins.Count > 0 ? plan.Origins[0] : values.Length;
        var models = ModelPool.For(values.AsSpan(0, shortest), values, prepared.Seasons, options.IsQuick);
        return (prepared, Backtest.Run(models, values, prepared.KnownAt, prepared.Observed, plan, options.Horizon));
    }
}
