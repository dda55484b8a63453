namespace Platform.Forecasting.Models;

/// <summary>
/// Next Monday will be as the middle one of the last Mondays: slow to follow growth, hard to upset by one odd day. With an even number of values the
/// median is the mean of the middle two.
/// </summary>
/// <param name="season">Observations a season: 7 for days in weeks.</param>
/// <param name="seasons">How many same-season values the median is taken of, at most 32; fewer where the history is shorter.</param>
public sealed class SeasonalMedian(int season, int seasons) : IForecastModel
{
    private const int MostSeasons = 32;

    public string Name => $"seasonal_median({season},{seasons})";

    public int LeastHistory => season;

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(seasons, MostSeasons);
        var pattern = new double[season];
        Span<double> same = stackalloc double[MostSeasons];
        for (var position = 0; position < season; position++)
        {
            var count = 0;
            for (var at = history.Length - season + position; at >= 0 && count < seasons; at -= season)
            {
                same[count++] = history[at];
            }

            same[..count].Sort();
            pattern[position] = (same[(count - 1) / 2] + same[count / 2]) / 2;
        }

        return new FixedPath(Name, 0, 0, pattern);
    }
}
