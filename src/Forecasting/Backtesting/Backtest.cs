using Platform.Forecasting.Models;
using Platform.Forecasting.Sampling;

namespace Platform.Forecasting.Backtesting;

/// <summary>Makes a model forecast from earlier days, knowing only what was known then, and compares the totals with what came.</summary>
internal sealed class Backtest(BacktestPlan plan, int season, ulong seed)
{
    private const int PathsAnOrigin = 200;

    public Candidate Run(IForecastModel model, ReadOnlySpan<double> history)
    {
        var totals = new List<BacktestedTotal>(plan.Origins.Count);
        IFittedModel? fit = null;
        foreach (var origin in plan.Origins)
        {
            if (origin < model.LeastHistory)
            {
                continue;
            }

            fit = model.Fit(history[..origin], fit);
            var actual = 0.0;
            foreach (var value in history.Slice(origin, plan.Horizon))
            {
                actual += value;
            }

            var paths = SamplePaths.Draw(fit, plan.Horizon, PathsAnOrigin, season, bandScale: 1, seed + (ulong)origin);
            var band = paths.Total(0, plan.Horizon);
            totals.Add(new BacktestedTotal(actual, fit.Predict(plan.Horizon).Sum(value => Math.Max(0, value)), band.P10, band.P50, band.P90));
        }

        fit = model.Fit(history, fit);
        var calibration = new BandCalibration(plan.Independent);
        return new Candidate(fit, new BacktestScore(fit.Name, Wape(totals), calibration.Coverage(totals), totals.Count), calibration.Scale(totals));
    }

    /// <summary>Where nothing was spent there is nothing to weigh errors by: 0 when nothing was forecast either, else 1.</summary>
    private static double Wape(List<BacktestedTotal> totals)
    {
        var errors = totals.Sum(total => Math.Abs(total.Actual - total.P50));
        var actuals = totals.Sum(total => total.Actual);
        return actuals > 0 ? errors / actuals : errors > 0 ? 1 : 0;
    }
}

/// <summary>A model fitted on the whole history, with what its backtest said.</summary>
internal sealed record Candidate(IFittedModel Fit, BacktestScore Score, double BandScale);
