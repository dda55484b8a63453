namespace Platform.Forecasting.Models;

public enum EtsError
{
    Additive,

    /// <summary>Errors grow with the level; only for values that are all above zero.</summary>
    Multiplicative,
}

public enum EtsTrend
{
    None,
    Additive,

    /// <summary>The trend wears off by the factor phi a step, so that long horizons level out.</summary>
    Damped,
}

public enum EtsSeason
{
    None,
    Additive,

    /// <summary>The season swings by a share of the level; only for values that are all above zero.</summary>
    Multiplicative,
}

/// <summary>A form of exponential smoothing in the taxonomy of Hyndman et al. 2002.</summary>
/// <param name="Length">Observations a season; 1 for none.</param>
public sealed record EtsForm(EtsError Error, EtsTrend Trend, EtsSeason Season, int Length)
{
    /// <summary>
    /// All forms whose forecasts stay finite: a multiplicative season needs multiplicative errors, and multiplicative trends explode (Hyndman et al.
    /// 2008, Forecasting with Exponential Smoothing, chapter 15).
    /// </summary>
    /// <param name="length">Observations a season; 1 for forms without one only.</param>
    public static EtsForm[] Stable(int length) =>
    [
        .. from season in length > 1 ? Enum.GetValues<EtsSeason>() : [EtsSeason.None]
           from error in Enum.GetValues<EtsError>()
           where season != EtsSeason.Multiplicative || error == EtsError.Multiplicative
           from trend in Enum.GetValues<EtsTrend>()
           select new EtsForm(error, trend, season, season == EtsSeason.None ? 1 : length),
    ];

    public bool HasTrend => Trend != EtsTrend.None;

    public bool NeedsPositive => Error == EtsError.Multiplicative || Season == EtsSeason.Multiplicative;

    /// <summary>Error, trend and season, for example ets(A,Ad,M).</summary>
    public string Name { get; } = $"ets({Letter(Error)},{Letter(Trend)},{Letter(Season)})";

    /// <summary>Smoothing parameters that are looked for: alpha, then beta, phi and gamma as the form has them.</summary>
    public int Parameters => 1 + (HasTrend ? 1 : 0) + (Trend == EtsTrend.Damped ? 1 : 0) + (Length > 1 ? 1 : 0);

    /// <summary>All that is estimated: smoothing parameters, first states (one seasonal one follows from the others) and the error's variance.</summary>
    public int DegreesOfFreedom => Parameters + 1 + (HasTrend ? 1 : 0) + (Length - 1) + 1;

    /// <summary>Two seasons to tell a season from noise, and enough for AICc to be finite.</summary>
    public int LeastHistory => Math.Max(DegreesOfFreedom + 2, Length > 1 ? 2 * Length : 0);

    private static string Letter(EtsError error) => error switch { EtsError.Additive => "A", EtsError.Multiplicative => "M" };

    private static string Letter(EtsTrend trend) => trend switch { EtsTrend.None => "N", EtsTrend.Additive => "A", EtsTrend.Damped => "Ad" };

    private static string Letter(EtsSeason season) => season switch { EtsSeason.None => "N", EtsSeason.Additive => "A", EtsSeason.Multiplicative => "M" };
}
