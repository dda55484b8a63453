namespace Platform.Forecasting.Backtesting;

/// <summary>From which days of the history forecasts are made again, and over how many days their totals are compared with what came.</summary>
/// <param name="Origins">Lengths of the known piece, ascending; empty when the history is too short.</param>
/// <param name="Horizon">Days a total.</param>
public sealed record BacktestPlan(IReadOnlyList<int> Origins, int Horizon)
{
    /// <summary>More would cost time and say little: their totals overlap.</summary>
    public const int MostOrigins = 20;

    /// <summary>How many totals that share no day fit between the first origin and the end.</summary>
    public double Independent => Origins.Count == 0 ? 0 : 1 + (Origins[^1] - Origins[0]) / (double)Horizon;

    private const int LeastKnown = 8;
    private const int EnoughKnown = 28;

    /// <summary>
    /// Keeps at least half of a short history (28 observations of a long one) to fit on, and compares totals over the wanted horizon or, when the
    /// history does not have twice that left, over half of what is left.
    /// </summary>
    public static BacktestPlan For(int historyLength, int wantedHorizon)
    {
        var known = Math.Clamp(historyLength / 2, LeastKnown, EnoughKnown);
        var left = historyLength - known;
        if (left < 1)
        {
            return new BacktestPlan([], 0);
        }

        var horizon = Math.Clamp(wantedHorizon, 1, Math.Max(1, left / 2));
        var last = historyLength - horizon;
        var count = Math.Min(MostOrigins, last - known + 1);
        var origins = new int[count];
        for (var i = 0; i < count; i++)
        {
            origins[i] = count == 1 ? last : known + (last - known) * i / (count - 1);
        }

        return new BacktestPlan(origins, horizon);
    }
}
