namespace Platform.Forecasting.Numerics;

internal static class Median
{
    private const int Few = 32;

    /// <summary>The middle value, or the mean of the middle two; leaves the values in their order.</summary>
    /// <param name="values">At least one.</param>
    public static double Of(ReadOnlySpan<double> values)
    {
        Span<double> sorted = stackalloc double[Few];
        sorted = values.Length <= Few ? sorted[..values.Length] : new double[values.Length];
        values.CopyTo(sorted);
        sorted.Sort();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
