namespace Platform.Forecasting.Preparation;

/// <summary>Changes of the level of a series that also has a season.</summary>
internal static class SeasonalLevels
{
    private const int LeastPiece = 8;

    /// <summary>
    /// Finds changes in what is left when the mean of each place of the season is taken off. A piece holds two seasons or more, so that no part of a season
    /// is taken for a level.
    /// </summary>
    public static IReadOnlyList<LevelShift> Shifts(ReadOnlySpan<double> values, int season)
    {
        var places = new double[season];
        var counts = new int[season];
        var mean = 0.0;
        for (var t = 0; t < values.Length; t++)
        {
            places[t % season] += values[t];
            counts[t % season]++;
            mean += values[t] / values.Length;
        }

        var level = new double[values.Length];
        for (var t = 0; t < values.Length; t++)
        {
            level[t] = mean + values[t] - places[t % season] / counts[t % season];
        }

        return LevelShifts.Find(level, Math.Max(LeastPiece, 2 * season));
    }
}
