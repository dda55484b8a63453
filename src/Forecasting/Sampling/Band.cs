namespace Platform.Forecasting.Sampling;

/// <summary>An 80 % band with its middle: P10 ≤ P50 ≤ P90.</summary>
public readonly record struct Band(double P10, double P50, double P90)
{
    /// <param name="sorted">Ascending; at least one.</param>
    public static Band Of(double[] sorted) => new(Quantile(sorted, 0.1), Quantile(sorted, 0.5), Quantile(sorted, 0.9));

    /// <summary>Linear between order statistics (type 7 of Hyndman and Fan 1996).</summary>
    public static double Quantile(ReadOnlySpan<double> sorted, double probability)
    {
        var at = probability * (sorted.Length - 1);
        var below = (int)at;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
