namespace Platform.Forecasting.Models;

/// <summary>
/// First states of exponential smoothing, by regression on the first few seasons: a line through their means gives level and trend, the mean distance
/// from it by position gives the season.
/// </summary>
internal sealed record EtsStart(double Level, double Trend, double[] Season)
{
    private const int MostSeasons = 4;
    private const int MostPointsWithoutSeason = 10;

    public static EtsStart Of(EtsForm form, int seasonLength, ReadOnlySpan<double> history)
    {
        // Weekly-shaped data would tilt a line through single points, so whole seasons are averaged even for a form without one.
        var whole = Math.Min(history.Length / seasonLength, MostSeasons);
        var block = whole >= 2 ? seasonLength : 1;
        var blocks = whole >= 2 ? whole : Math.Min(history.Length, MostPointsWithoutSeason);
        var (intercept, slope) = form.HasTrend ? Line(history, block, blocks) : (Mean(history[..(block * Math.Min(blocks, 2))]), 0);
        var season = new double[form.IsSeasonal ? seasonLength : 1];
        if (form.IsSeasonal)
        {
            var (a, b) = form.HasTrend ? (intercept, slope) : Line(history, block, blocks);
            for (var t = 0; t < block * blocks; t++)
            {
                season[t % seasonLength] += (history[t] - (a + b * t)) / blocks;
            }

            var mean = Mean(season);
            for (var i = 0; i < season.Length; i++)
            {
                season[i] -= mean;
            }
        }

        // The state stands one step before the first observation.
        return new EtsStart(intercept - slope, slope, season);
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
