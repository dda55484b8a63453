namespace Platform.Forecasting.Models;

/// <summary>
/// First states of exponential smoothing, by regression on the first few seasons: a line through their means gives level and trend, the mean distance
/// from it by position (or the mean share of it) gives the season.
/// </summary>
internal static class EtsStart
{
    private const int MostSeasons = 4;
    private const int MostPointsWithoutSeason = 10;

    /// <param name="length">Observations a season of the series, also for a form without one.</param>
    public static EtsState Of(EtsForm form, int length, ReadOnlySpan<double> history)
    {
        // Weekly-shaped data would tilt a line through single points, so whole seasons are averaged even for a form without one.
        var whole = Math.Min(history.Length / length, MostSeasons);
        var block = whole >= 2 ? length : 1;
        var blocks = whole >= 2 && length > 1 ? whole : Math.Min(history.Length, MostPointsWithoutSeason);
        var line = Line(history, block, blocks);
        var (intercept, slope) = form.HasTrend ? line : (Mean(history[..(block * Math.Min(blocks, length > 1 ? 2 : 5))]), 0);
        var season = form.Length > 1 ? Pattern(form, history, block * blocks, line) : form.Season == EtsSeason.Multiplicative ? [1.0] : [0.0];

        // The state stands one step before the first observation.
        return new EtsState(intercept - slope, slope, season, 0);
    }

    private static double[] Pattern(EtsForm form, ReadOnlySpan<double> history, int count, (double Intercept, double Slope) line)
    {
        var season = new double[form.Length];
        var multiplies = form.Season == EtsSeason.Multiplicative;
        var blocks = count / form.Length;
        for (var t = 0; t < count; t++)
        {
            var trend = line.Intercept + line.Slope * t;
            season[t % form.Length] += (multiplies ? history[t] / Math.Max(trend, 1e-3) : history[t] - trend) / blocks;
        }

        var mean = Mean(season);
        for (var i = 0; i < season.Length; i++)
        {
            season[i] = multiplies ? season[i] / mean : season[i] - mean;
        }

        return season;
    }

    /// <summary>Least squares through the means of consecutive blocks; a block's mean stands at its middle.</summary>
    private static (double Intercept, double Slope) Line(ReadOnlySpan<double> history, int block, int blocks)
    {
        double sumX = 0, sumY = 0, sumXX = 0, sumXY = 0;
        for (var j = 0; j < blocks; j++)
        {
            var x = j * block + (block - 1) / 2.0;
            var y = Mean(history.Slice(j * block, block));
            sumX += x;
            sumY += y;
            sumXX += x * x;
            sumXY += x * y;
        }

        var slope = (blocks * sumXY - sumX * sumY) / (blocks * sumXX - sumX * sumX);
        return ((sumY - slope * sumX) / blocks, slope);
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        return sum / values.Length;
    }
}
