using Platform.Forecasting.Backtesting;

namespace Platform.Forecasting.Combining;

/// <summary>The rule that a series' forecasts are combined by, and what it forecasts.</summary>
/// <param name="Weights">By model, adding up to 1.</param>
/// <param name="Forecasts">By origin and step, each combined without knowing how the models did at that origin.</param>
/// <param name="Final">From the whole history, by step.</param>
internal sealed record Choice(Rule Rule, double[] Weights, double[][] Forecasts, double[] Final)
{
    /// <summary>
    /// Chooses the rule with the least error, where the forecast of an origin is weighed by errors at those origins only that share no step with it: a
    /// rule that trusts the backtest much has to earn it, and the more so the shorter the backtest. Without such origins it is the median, which trusts nothing.
    /// </summary>
    public static Choice Of(Backtest backtest)
    {
        var (models, origins) = (backtest.Names.Length, backtest.Actuals.Length);
        var errors = new double[models, origins];
        for (var m = 0; m < models; m++)
        {
            for (var origin = 0; origin < origins; origin++)
            {
                errors[m, origin] = backtest.Error(m, origin);
            }
        }

        var others = Enumerable.Range(0, origins).Select(origin => ErrorsElsewhere(backtest, errors, origin)).ToArray();
        var (rule, chosen, least) = (Rule.Median, Array.Empty<double[]>(), double.PositiveInfinity);
        foreach (var candidate in others.Any(other => other is not null) ? Rule.All : [Rule.Median])
        {
            var combined = Enumerable.Range(0, origins).Select(origin => (others[origin] is null ? Rule.Median : candidate).Combine(
                [.. backtest.Forecasts.Select(model => model[origin])], candidate.Weights(others[origin] ?? new double[models]))).ToArray();
            var error = combined.Select((forecast, origin) => backtest.Error(forecast, origin) * Recency(origins, origin)).Sum() * candidate.Doubt(backtest.Plan.Independent);
            (rule, chosen, least) = error < least ? (candidate, combined, error) : (rule, chosen, least);
        }

        var weights = rule.Weights(MeanErrors(errors, Enumerable.Range(0, origins)));
        return new Choice(rule, weights, chosen, rule.Combine(backtest.Final, weights));
    }

    /// <summary>What an origin counts: the newest 1, each before it a little less.</summary>
    private static double Recency(int origins, int origin) => Math.Pow(0.85, origins - 1 - origin);

    /// <summary>Null when every other origin shares a step with this one.</summary>
    private static double[]? ErrorsElsewhere(Backtest backtest, double[,] errors, int origin)
    {
        int[] apart = [.. Enumerable.Range(0, backtest.Actuals.Length).Where(other => !backtest.Overlap(origin, other))];
        return apart.Length == 0 ? null : MeanErrors(errors, apart);
    }

    private static double[] MeanErrors(double[,] errors, IEnumerable<int> origins)
    {
        var means = new double[errors.GetLength(0)];
        var total = 0.0;
        foreach (var origin in origins)
        {
            var weight = Recency(errors.GetLength(1), origin);
            total += weight;
            for (var m = 0; m < means.Length; m++)
            {
                means[m] += weight * errors[m, origin];
            }
        }

        for (var m = 0; m < means.Length && total > 0; m++)
        {
            means[m] /= total;
        }

        return means;
    }
}
