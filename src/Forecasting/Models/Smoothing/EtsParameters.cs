namespace Platform.Forecasting.Models;

/// <summary>Smoothing parameters, with beta and gamma as weights of the error itself (beta = alpha × beta* of the older notation).</summary>
public readonly record struct EtsParameters(double Alpha, double Beta, double Phi, double Gamma)
{
    /// <summary>
    /// Maps any point of the search space into the region where all forms are well-behaved: 0 &lt; alpha &lt; 1, 0 &lt; beta &lt; alpha,
    /// 0 &lt; gamma &lt; 1 - alpha, and 0.80 to 0.98 for phi (Hyndman et al. 2008, chapter 2).
    /// </summary>
    public static EtsParameters FromSearch(EtsForm form, ReadOnlySpan<double> point)
    {
        var at = 0;
        var alpha = 0.0001 + 0.9998 * Sigmoid(point[at++]);
        var beta = form.HasTrend ? alpha * Sigmoid(point[at++]) : 0;
        var phi = form.Trend switch
        {
            EtsTrend.None => 0,
            EtsTrend.Additive => 1,
            EtsTrend.Damped => 0.80 + 0.18 * Sigmoid(point[at++]),
        };
        var gamma = form.Length > 1 ? (1 - alpha) * Sigmoid(point[at]) : 0;
        return new EtsParameters(alpha, beta, phi, gamma);
    }

    /// <summary>A point of the search space to begin at: moderate smoothing, a slow trend, a steady season.</summary>
    public static double[] SearchStart(EtsForm form) => (form.Trend, form.Length > 1) switch
    {
        (EtsTrend.None, false) => [-1],
        (EtsTrend.None, true) => [-1, -2],
        (EtsTrend.Additive, false) => [-1, -2],
        (EtsTrend.Additive, true) => [-1, -2, -2],
        (EtsTrend.Damped, false) => [-1, -2, 1],
        (EtsTrend.Damped, true) => [-1, -2, 1, -2],
    };

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
