using Platform.Forecasting.Models;

namespace Platform.Forecasting.Backtesting;

/// <summary>Forecasts that were made again from earlier points, knowing only what was known then, beside what came.</summary>
/// <param name="Names">By model.</param>
/// <param name="Forecasts">By model, origin and step; never below zero.</param>
/// <param name="Actuals">By origin and step, as they came; not a number where nothing was observed.</param>
/// <param name="Final">By model and step, from the whole history; never below zero.</param>
internal sealed record Backtest(BacktestPlan Plan, string[] Names, double[][][] Forecasts, double[][] Actuals, double[][] Final)
{
    /// <summary>Makes every model forecast from every origin and from the end.</summary>
    /// <param name="models">All of which can be fitted on the shortest piece.</param>
    /// <param name="history">What the final forecasts are made from.</param>
    /// <param name="knownAt">What was known at an origin, as it would have been treated then.</param>
    /// <param name="observed">What forecasts are held against: untreated, not a number where nothing was observed.</param>
    /// <param name="horizon">Steps of the final forecasts.</param>
    public static Backtest Run(IReadOnlyList<IForecastModel> models, double[] history, Func<int, double[]> knownAt, double[] observed, BacktestPlan plan, int horizon)
    {
        double[][] known = [.. plan.Origins.Select(knownAt)];
        var names = new string[models.Count];
        var forecasts = new double[models.Count][][];
        var final = new double[models.Count][];
        for (var m = 0; m < models.Count; m++)
        {
            IFittedModel? fit = null;
            forecasts[m] = new double[plan.Origins.Count][];
            for (var i = 0; i < plan.Origins.Count; i++)
            {
                fit = models[m].Fit(known[i], fit);
                forecasts[m][i] = Clean(fit.Predict(plan.Horizon));
            }

            fit = models[m].Fit(history, fit);
            final[m] = Clean(fit.Predict(horizon));
            names[m] = fit.Name;
        }

        return new Backtest(plan, names, forecasts, [.. plan.Origins.Select(origin => observed[origin..(origin + plan.Horizon)])], final);
    }

    /// <summary>Mean absolute error of a model at an origin, over the steps that were observed.</summary>
    public double Error(int model, int origin) => Error(Forecasts[model][origin], origin);

    public double Error(double[] forecast, int origin)
    {
        var (sum, count) = (0.0, 0);
        for (var step = 0; step < Plan.Horizon; step++)
        {
            var came = Actuals[origin][step];
            if (!double.IsNaN(came))
            {
                sum += Math.Abs(forecast[step] - came);
                count++;
            }
        }

        return sum / count;
    }

    /// <summary>How many forecasts that share no step what was observed is worth.</summary>
    public double Independent => Actuals.Length == 0 ? 0 : Plan.Independent * Actuals.Average(actual => actual.Count(came => !double.IsNaN(came)) / (double)actual.Length);

    /// <summary>Whether forecasts from two origins share a step that they are judged on.</summary>
    public bool Overlap(int origin, int other) => Math.Abs(Plan.Origins[origin] - Plan.Origins[other]) < Plan.Horizon;

    /// <summary>Spend is never negative; what is no number forecasts nothing and is weighed accordingly.</summary>
    private static double[] Clean(double[] path)
    {
        for (var step = 0; step < path.Length; step++)
        {
            path[step] = double.IsFinite(path[step]) ? Math.Max(0, path[step]) : 0;
        }

        return path;
    }
}
