namespace Platform.Forecasting.Numerics;

/// <summary>The standard normal distribution.</summary>
internal static class Normal
{
    /// <summary>Probability of a value at or below; exact to about 1e-7 (Abramowitz and Stegun 1964, 26.2.17).</summary>
    public static double Cumulative(double x)
    {
        var t = 1 / (1 + 0.2316419 * Math.Abs(x));
        var tail = Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI)
            * t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
        return x >= 0 ? 1 - tail : tail;
    }

    /// <summary>The value that a probability between 0 and 1 belongs to, by bisection: called some hundred times a series.</summary>
    public static double Quantile(double probability)
    {
        var (low, high) = (-8.0, 8.0);
        for (var i = 0; i < 40; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Cumulative(middle) < probability ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }
}
