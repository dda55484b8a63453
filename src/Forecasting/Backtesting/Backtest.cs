using Platform.Forecasting.Models;
using Platform.Forecasting.Sampling;

namespace Platform.Forecasting.Backtesting;

/// <summary>Makes models forecast from earlier days, knowing only what was known then, and compares the totals with what came.</summary>
internal sealed class Backtest(BacktestPlan plan, int season, ulong seed)
{
    private const int PathsAnOrigin = 200;

    /// <summary>Every model by itself, in the order given, then the mean of all.</summary>
    public Candidate[] Run(IForecastModel[] models, ReadOnlySpan<double> history)
    {
        var totals = new List<BacktestedTotal>[models.Length + 1];
        for (var i = 0; i < totals.Length; i++)
        {
            totals[i] = new List<BacktestedTotal>(plan.Origins.Count);
        }

        var fits = new IFittedModel?[models.Length];
        var least = models.Max(model => model.LeastHistory);
        foreach (var origin in plan.Origins.Where(origin => origin >= least))
        {
            Fit(models, history[..origin], fits);
            var actual = 0.0;
            foreach (var value in history.Slice(origin, plan.Horizon))
            {
                actual += value;
            }

            foreach (var (i, fit) in WithMean(fits).Index())
            {
                totals[i].Add(Judge(fit, actual, seed + (ulong)origin));
            }
        }

        Fit(models, history, fits);
        return [.. WithMean(fits).Select((fit, i) => Candidate(fit, totals[i]))];
    }

    private static void Fit(IForecastModel[] models, ReadOnlySpan<double> history, IFittedModel?[] fits)
    {
        for (var i = 0; i < models.Length; i++)
        {
            fits[i] = models[i].Fit(history, fits[i]);
        }
    }

    private static IFittedModel[] WithMean(IFittedModel?[] fits)
    {
        IFittedModel[] members = [.. fits.Select(fit => fit!)];
        return [.. members, new Combination(members)];
    }

    private BacktestedTotal Judge(IFittedModel fit, double actual, ulong originSeed)
    {
        var band = SamplePaths.Draw(fit, plan.Horizon, PathsAnOrigin, season, bandScale: 1, originSeed).Total(0, plan.Horizon);
        return new BacktestedTotal(actual, fit.Predict(plan.Horizon).Sum(value => Math.Max(0, value)), band.P10, band.P50, band.P90);
    }

    private Candidate Candidate(IFittedModel fit, List<BacktestedTotal> totals)
    {
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
