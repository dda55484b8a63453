namespace Platform.Forecasting.Backtesting;

/// <summary>From which points of the history forecasts are made again, and over how many steps they are compared with what came.</summary>
/// <param name="Origins">Lengths of the known piece, ascending; empty when the history is too short.</param>
/// <param name="Horizon">Steps that are compared.</param>
public sealed record BacktestPlan(IReadOnlyList<int> Origins, int Horizon)
{
    /// <summary>More would cost time and say little more.</summary>
    public const int MostOrigins = 10;

    private const int FewAligned = 6;
    private const int LeastKnown = 8;
    private const int LongestAligned = 24;

    /// <summary>Fewer steps than these say too little of a model.</summary>
    private const int LeastJudged = 6;

    /// <summary>How many forecasts that share no step fit between the first origin and the end.</summary>
    public double Independent => Origins.Count == 0 ? 0 : 1 + (Origins[^1] - Origins[0]) / (double)Horizon;

    /// <summary>
    /// Keeps half of the history to fit on, and compares over the wanted horizon or, when that does not fit twice into the other half, over half of it.
    /// Where half does not hold the season twice, twice the season is kept instead, as soon as that leaves half a season, and six steps, to judge by: models that take a season apart can then be tried.
    /// Until then those that repeat it are, which are content with one. Origins stand at the same place of the season as the end of the history does where there is room, so that hard hours meet hard hours.
    /// </summary>
    /// <param name="season">The shortest season that the history shows; 1 for none.</param>
    public static BacktestPlan For(int historyLength, int wantedHorizon, int season = 1)
    {
        var known = Math.Max(historyLength / 2, Math.Min(LeastKnown, historyLength - 1));
        if (season > 1 && 2 * season + Math.Max(LeastJudged, (season + 1) / 2) <= historyLength)
        {
            known = Math.Max(known, 2 * season);
        }

        var left = historyLength - known;
        if (left < 1 || known < 1)
        {
            return new BacktestPlan([], 0);
        }

        var horizon = Math.Clamp(wantedHorizon, 1, Math.Max(1, left / 2));
        var last = historyLength - horizon;
        var stride = Math.Max(1, horizon / 2);
        if (season is > 1 and <= LongestAligned && horizon >= season)
        {
            stride = Math.Max(1, (int)Math.Round(stride / (double)season)) * season;
        }
        else if (season is > 1 and <= LongestAligned)
        {
            stride = 1;
        }

        var count = Math.Min(MostOrigins, 1 + (last - known) / stride);
        int[] aligned = [.. Enumerable.Range(0, count).Select(i => last - (count - 1 - i) * stride)];
        return new BacktestPlan(count >= FewAligned ? aligned : Spread(known, last), horizon);
    }

    private static int[] Spread(int first, int last)
    {
        var count = Math.Min(MostOrigins, last - first + 1);
        return [.. Enumerable.Range(0, count).Select(i => count == 1 ? last : first + (int)((long)(last - first) * i / (count - 1)))];
    }
}
