using Platform.Forecasting.Numerics;
using Platform.Forecasting.Preparation;

namespace Platform.Forecasting.ColdStart;

/// <summary>The season of a series that is too short to show one, taken from its siblings: a new team has its company's week.</summary>
/// <param name="Season">Observations.</param>
/// <param name="Figure">By step modulo the season, from the first observation on; with a mean of 1.</param>
internal sealed record BorrowedShape(int Season, double[] Figure)
{
    /// <summary>Where less is usual, an observation says nothing of the level.</summary>
    private const double LeastShare = 0.05;

    /// <summary>
    /// Takes the longest season that was asked for and not seen and that siblings show, and divides the history by it. Null where there is no such
    /// season.
    /// </summary>
    /// <param name="values">Whole and not negative.</param>
    /// <param name="siblings">Their last observations are at the same moment as this history's last; not a number where one is missing.</param>
    public static BorrowedShape? Of(IReadOnlyList<double[]> siblings, double[] values, IReadOnlyList<int> seasons, List<Finding> findings)
    {
        foreach (var season in SeasonSight.Hidden(values.Length, seasons).OrderDescending())
        {
            double[][] figures = [.. siblings.Where(sibling => SeasonSight.Shows(sibling.Length, season)).Select(sibling => FigureOf(sibling, season)).OfType<double[]>()];
            if (figures.Length == 0)
            {
                continue;
            }

            // Siblings' figures are counted from the end, which all have in common.
            var figure = new double[season];
            for (var place = 0; place < season; place++)
            {
                var back = ((values.Length - 1 - place) % season + season) % season;
                figure[place] = Median.Of([.. figures.Select(other => other[back])]);
            }

            var mean = figure.Average();
            if (mean <= 0)
            {
                continue;
            }

            figure = [.. figure.Select(share => share / mean)];
            Level(values, figure);
            findings.Add(new Finding(FindingKind.BorrowedShape, 0, values.Length,
                $"The season of {season} observations was taken from {figures.Length} sibling series, as {values.Length} observations do not show it."));
            return new BorrowedShape(season, figure);
        }

        return null;
    }

    /// <summary>Divides by the figure; where next to nothing is usual, the level around it stands in.</summary>
    private static void Level(double[] values, double[] figure)
    {
        double[] known = [.. Enumerable.Range(0, values.Length).Where(t => figure[t % figure.Length] >= LeastShare).Select(t => values[t] / figure[t % figure.Length])];
        var usual = known.Length == 0 ? values.Average() : Median.Of(known);
        for (var t = 0; t < values.Length; t++)
        {
            values[t] = figure[t % figure.Length] >= LeastShare ? values[t] / figure[t % figure.Length] : usual;
        }
    }

    /// <summary>Mean of each place by the mean of all, counted back from the last observation; null where nothing was observed.</summary>
    private static double[]? FigureOf(double[] sibling, int season)
    {
        var (sums, counts) = (new double[season], new int[season]);
        var whole = sibling.Length / season * season;
        for (var back = 0; back < whole; back++)
        {
            var value = sibling[^(back + 1)];
            if (!double.IsNaN(value))
            {
                sums[back % season] += Math.Max(0, value);
                counts[back % season]++;
            }
        }

        double[] figure = [.. sums.Select((sum, place) => counts[place] > 0 ? sum / counts[place] : 0)];
        var mean = figure.Average();
        return mean > 0 ? [.. figure.Select(share => share / mean)] : null;
    }
}
