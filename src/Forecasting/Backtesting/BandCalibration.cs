namespace Platform.Forecasting.Backtesting;

/// <summary>One forecast made again: what its total was said to be and what it came to.</summary>
/// <param name="Centre">The point forecast's total, which bands are stretched from.</param>
internal readonly record struct BacktestedTotal(double Actual, double Centre, double P10, double P50, double P90)
{
    /// <summary>How far the band has to be stretched from the centre for the actual to lie on its edge. 1 = it lies there already.</summary>
    public double NeededScale
    {
        get
        {
            var miss = Actual - Centre;
            var reach = miss >= 0 ? P90 - Centre : P10 - Centre;

            // A band that does not reach to the actual's side at all cannot be stretched there; one that is missed by nothing needs no width.
            return miss == 0 ? 0 : reach * miss > 0 ? miss / reach : double.PositiveInfinity;
        }
    }

    public bool IsInside(double scale) => NeededScale <= scale;
}

/// <summary>
/// Stretches or narrows bands until backtested totals fall into them as often as promised: split conformal prediction with the totals' own errors as
/// scores. A model's errors on what it was fitted on are too small, and say nothing of drifts that only longer horizons show.
/// </summary>
internal static class BandCalibration
{
    private const double Nominal = 0.8;

    /// <summary>Fewer totals than this say too little, so that bands stay as the model makes them.</summary>
    private const int LeastTotals = 8;

    private const double Narrowest = 0.7;
    private const double Widest = 3;

    /// <summary>The factor for bands to come.</summary>
    public static double Scale(IReadOnlyCollection<BacktestedTotal> totals)
    {
        if (totals.Count < LeastTotals)
        {
            return 1;
        }

        var needed = totals.Select(total => total.NeededScale).Order().ToArray();
        var rank = (int)Math.Ceiling((needed.Length + 1) * Nominal);
        return Math.Clamp(needed[Math.Min(rank, needed.Length) - 1], Narrowest, Widest);
    }

    /// <summary>Share of totals inside a band that was calibrated on all the other totals, so that no total vouches for itself.</summary>
    public static double Coverage(IReadOnlyList<BacktestedTotal> totals)
    {
        if (totals.Count == 0)
        {
            return 0;
        }

        var inside = totals.Where((total, i) => total.IsInside(Scale([.. totals.Where((_, j) => j != i)]))).Count();
        return inside / (double)totals.Count;
    }
}
