namespace Platform.Forecasting.Combining;

/// <summary>A way to make one forecast of several.</summary>
/// <param name="Power">
/// Weights are errors in the backtest to the power of minus this: the higher, the fewer models matter. NaN takes the median of all, whatever their errors.
/// </param>
internal readonly record struct Rule(double Power)
{
    public static readonly Rule Median = new(double.NaN);

    /// <summary>In the order that is kept among equals: the fewer the assumptions, the earlier.</summary>
    public static readonly Rule[] All = [Median, new(1), new(2), new(4), new(8)];

    public bool IsMedian => double.IsNaN(Power);

    /// <summary>What a rule's error is multiplied by: sharp weights that were learnt from few forecasts tend to be luck.</summary>
    /// <param name="independent">How many judged forecasts share no step.</param>
    public double Doubt(double independent) => IsMedian ? 1 : 1 + 0.01 * Power / Math.Max(1, independent);

    /// <param name="errors">By model.</param>
    /// <returns>By model, adding up to 1; all equal for the median.</returns>
    public double[] Weights(ReadOnlySpan<double> errors)
    {
        var least = double.PositiveInfinity;
        foreach (var error in errors)
        {
            least = Math.Min(least, error);
        }

        var weights = new double[errors.Length];
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = IsMedian ? 1 : Math.Pow((least + 1e-9) / (errors[i] + 1e-9), Power);
            sum += weights[i];
        }

        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] /= sum;
        }

        return weights;
    }

    /// <param name="forecasts">By model, each by step.</param>
    public double[] Combine(IReadOnlyList<double[]> forecasts, double[] weights)
    {
        var combined = new double[forecasts[0].Length];
        Span<double> values = stackalloc double[forecasts.Count];
        for (var step = 0; step < combined.Length; step++)
        {
            if (IsMedian)
            {
                for (var m = 0; m < values.Length; m++)
                {
                    values[m] = forecasts[m][step];
                }

                values.Sort();
                combined[step] = (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
                continue;
            }

            for (var m = 0; m < values.Length; m++)
            {
                combined[step] += weights[m] * forecasts[m][step];
            }
        }

        return combined;
    }
}
