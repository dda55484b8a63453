namespace Platform.Forecasting.Combining;

/// <summary>A way to make one forecast of several.</summary>
/// <param name="Power">
/// Weights are errors in the backtest to the power of minus this: the higher, the fewer models matter; 0 weighs all alike, whatever their errors.
/// </param>
/// <param name="IsMedian">Takes the weighted median, which a few models far off do not move, rather than the weighted mean.</param>
internal readonly record struct Rule(double Power, bool IsMedian = false)
{
    public static readonly Rule Median = new(0, IsMedian: true);

    /// <summary>In the order that is kept among equals: the fewer the assumptions, the earlier.</summary>
    public static readonly Rule[] All = [Median, new(1, true), new(2, true), new(4, true), new(2), new(4), new(8)];

    private const double Alike = 1e-12;

    /// <summary>What a rule's error is multiplied by: sharp weights that were learnt from few forecasts tend to be luck.</summary>
    /// <param name="independent">How many judged forecasts share no step.</param>
    public double Doubt(double independent) => 1 + 0.01 * Power / Math.Max(1, independent);

    /// <param name="errors">By model.</param>
    /// <returns>By model, adding up to 1.</returns>
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
            weights[i] = Math.Pow((least + 1e-9) / (errors[i] + 1e-9), Power);
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
        Span<double> shares = stackalloc double[forecasts.Count];
        for (var step = 0; step < combined.Length; step++)
        {
            for (var m = 0; m < values.Length; m++)
            {
                values[m] = forecasts[m][step];
                combined[step] += weights[m] * values[m];
            }

            if (IsMedian)
            {
                weights.CopyTo(shares);
                combined[step] = Middle(values, shares);
            }
        }

        return combined;
    }

    /// <summary>Where half of the weight lies to each side, on the line between the values that half the weight lies between.</summary>
    private static double Middle(Span<double> values, Span<double> shares)
    {
        values.Sort(shares);
        var (below, last) = (0.0, 0.0);
        for (var m = 0; m < values.Length; m++)
        {
            // A value stands at the middle of its share.
            var at = below + shares[m] / 2;
            if (at >= 0.5 - Alike)
            {
                return m == 0 || at <= 0.5 + Alike ? values[m] : values[m - 1] + (values[m] - values[m - 1]) * (0.5 - last) / (at - last);
            }

            (below, last) = (below + shares[m], at);
        }

        return values[^1];
    }
}
