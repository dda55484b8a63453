using Platform.Forecasting.Numerics;

namespace Platform.Forecasting.Models;

/// <summary>
/// The Theta method (Assimakopoulos and Nikolopoulos 2000) as simple smoothing with half the slope of a regression line (Hyndman and Billah 2003).
/// </summary>
public sealed class ThetaMethod : IForecastModel
{
    public string Name => "theta";

    public int LeastHistory => 3;

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var values = history.ToArray();
        Span<double> point = [0];
        NelderMead.Minimise(new Smoothing(values), point, step: 1, evaluations: 40, tolerance: 1e-6);
        var alpha = Smoothing.Alpha(point[0]);
        var (level, _) = Smoothing.Run(values, alpha);
        var drift = Slope(values) / 2;
        var n = values.Length;

        // At step h the line adds drift × (h - 1 + (1 - (1 - alpha)^n) / alpha).
        var ahead = (1 - Math.Pow(1 - alpha, n)) / alpha;
        return new FixedPath(Name, level + drift * (ahead - 1), drift, [0]);
    }

    /// <summary>Least squares against time.</summary>
    internal static double Slope(ReadOnlySpan<double> values)
    {
        var n = values.Length;
        var (sum, weighted) = (0.0, 0.0);
        for (var t = 0; t < n; t++)
        {
            sum += values[t];
            weighted += values[t] * (t + 1);
        }

        return 6 * (2 * weighted / n - (n + 1) * sum / n) / ((double)n * n - 1);
    }

    private readonly struct Smoothing(double[] values) : IObjective
    {
        public static double Alpha(double x) => 0.01 + 0.98 / (1 + Math.Exp(-x));

        public double At(ReadOnlySpan<double> point) => Run(values, Alpha(point[0])).Squares;

        public static (double Level, double Squares) Run(double[] values, double alpha)
        {
            var (level, squares) = (values[0], 0.0);
            for (var t = 1; t < values.Length; t++)
            {
                var error = values[t] - level;
                level += alpha * error;
                squares += error * error;
            }

            return (level, squares);
        }
    }
}
