namespace Platform.Forecasting.Models;

public enum EtsTrend
{
    None,
    Additive,

    /// <summary>The trend wears off by the factor phi a step, so that long horizons level out.</summary>
    Damped,
}

/// <summary>A form of exponential smoothing with additive errors: simple, Holt's, damped, and Holt-Winters' with an additive season.</summary>
/// <param name="Season">Observations a season; 1 for none.</param>
public sealed record EtsForm(EtsTrend Trend, int Season)
{
    public bool IsSeasonal => Season > 1;

    public bool HasTrend => Trend != EtsTrend.None;

    /// <summary>Error, trend and season as in Hyndman's taxonomy, for example ets(A,Ad,A).</summary>
    public string Name => $"ets(A,{Trend switch { EtsTrend.None => "N", EtsTrend.Additive => "A", EtsTrend.Damped => "Ad" }},{(IsSeasonal ? "A" : "N")})";

    /// <summary>Smoothing parameters that are looked for: alpha, then beta, phi and gamma as the form has them.</summary>
    public int Parameters => 1 + (HasTrend ? 1 : 0) + (Trend == EtsTrend.Damped ? 1 : 0) + (IsSeasonal ? 1 : 0);

    /// <summary>All that is estimated: smoothing parameters, first states (seasonal ones sum to zero) and the error's variance.</summary>
    public int DegreesOfFreedom => Parameters + 1 + (HasTrend ? 1 : 0) + (IsSeasonal ? Season - 1 : 0) + 1;

    /// <summary>Two seasons to tell a season from noise, and enough for AICc to be finite.</summary>
    public int LeastHistory => Math.Max(DegreesOfFreedom + 2, IsSeasonal ? 2 * Season : 0);
}

/// <summary>Smoothing parameters, with beta and gamma as weights of the error itself (beta = alpha × beta* of the older notation).</summary>
public readonly record struct EtsParameters(double Alpha, double Beta, double Phi, double Gamma)
{
    /// <summary>
    /// Maps any point of the search space into the region where all forms are well-behaved: 0 &lt; alpha &lt; 1, 0 &lt; beta &lt; alpha,
    /// 0 &lt; gamma &lt; 1 - alpha, and 0.80 to 0.98 for phi (Hyndman et al. 2008, Forecasting with Exponential Smoothing, chapter 2).
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
        var gamma = form.IsSeasonal ? (1 - alpha) * Sigmoid(point[at]) : 0;
        return new EtsParameters(alpha, beta, phi, gamma);
    }

    /// <summary>A point of the search space to begin at: moderate smoothing, a slow trend, a steady season.</summary>
    public static double[] SearchStart(EtsForm form)
    {
        var point = new List<double> { -1 };
        if (form.HasTrend)
        {
            point.Add(-2);
        }

        if (form.Trend == EtsTrend.Damped)
        {
            point.Add(1);
        }

        if (form.IsSeasonal)
        {
            point.Add(-2);
        }

        return [.. point];
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
