namespace Platform.Forecasting.Sampling;

/// <summary>
/// How far off forecasts are expected to be: (forecast + floor)^<paramref name="OfLevel"/> × step^<paramref name="OfStep"/>. Quiet nights are
/// known better than busy noons, near days better than far ones; how much so, the backtest says.
/// </summary>
/// <param name="OfLevel">0: errors are as great at any level; 0.5: as of counts; 1: in proportion.</param>
/// <param name="OfStep">0: as great at any step; 0.5: as of a random walk.</param>
/// <param name="Floor">Above zero, so that nothing is known without error for being forecast as nothing.</param>
internal readonly record struct ErrorScale(double OfLevel, double OfStep, double Floor)
{
    private const double FloorShare = 0.05;
    private static readonly double[] Levels = [0, 0.5, 1];
    private static readonly double[] Steps = [0, 0.25, 0.5];

    /// <param name="step">Counted from 0.</param>
    public double At(double forecast, int step) => Math.Pow(Math.Max(0, forecast) + Floor, OfLevel) * Math.Pow(step + 1, OfStep);

    /// <summary>The likeliest of nine, errors taken as Laplace's.</summary>
    public static ErrorScale Of(IReadOnlyList<double[]> forecasts, IReadOnlyList<double[]> actuals)
    {
        var (sum, count) = (0.0, 0);
        for (var origin = 0; origin < actuals.Count; origin++)
        {
            for (var step = 0; step < actuals[origin].Length; step++)
            {
                if (double.IsNaN(actuals[origin][step]))
                {
                    continue;
                }

                sum += actuals[origin][step] + Math.Max(0, forecasts[origin][step]);
                count += 2;
            }
        }

        var floor = FloorShare * (count > 0 && sum > 0 ? sum / count : 1);
        var best = new ErrorScale(0.5, 0.25, floor);
        var least = double.PositiveInfinity;
        foreach (var ofLevel in Levels)
        {
            foreach (var ofStep in Steps)
            {
                var scale = new ErrorScale(ofLevel, ofStep, floor);
                var misfit = scale.Misfit(forecasts, actuals);
                (best, least) = misfit < least ? (scale, misfit) : (best, least);
            }
        }

        return best;
    }

    private double Misfit(IReadOnlyList<double[]> forecasts, IReadOnlyList<double[]> actuals)
    {
        var (logs, errors, count) = (0.0, 0.0, 0);
        for (var origin = 0; origin < actuals.Count; origin++)
        {
            for (var step = 0; step < actuals[origin].Length; step++)
            {
                if (double.IsNaN(actuals[origin][step]))
                {
                    continue;
                }

                var scale = At(forecasts[origin][step], step);
                logs += Math.Log(scale);
                errors += Math.Abs(actuals[origin][step] - forecasts[origin][step]) / scale;
                count++;
            }
        }

        return count == 0 ? 0 : logs / count + Math.Log(errors / count + 1e-12);
    }
}
