namespace Platform.Forecasting.Preparation;

/// <summary>A change of the mean from one observation to the next.</summary>
/// <param name="Position">The first observation of the new level, counted from 0.</param>
/// <param name="Before">Mean from the shift before (or the start) to here.</param>
/// <param name="After">Mean from here to the next shift (or the end).</param>
public sealed record LevelShift(int Position, double Before, double After);

/// <summary>
/// Finds changes of the mean by least squares, one at a time in the piece where it explains most (binary segmentation; Bai and Perron 2003 for the
/// breaks, Vostrikova 1981 for the order). A slope explains a trend better than a step does, and then there is no shift.
/// </summary>
public static class LevelShifts
{
    private const double Significant = 5;
    private const int LeastPiece = 8;
    private const int MostShifts = 5;

    /// <param name="values">Without a season, or at least a whole one to each side of a shift.</param>
    /// <param name="least">The fewest observations between shifts.</param>
    /// <returns>In order of time.</returns>
    public static IReadOnlyList<LevelShift> Find(ReadOnlySpan<double> values, int least = LeastPiece)
    {
        var cuts = new SortedSet<int> { 0, values.Length };
        while (cuts.Count < MostShifts + 2)
        {
            var best = (At: 0, Statistic: 0.0);
            var from = 0;
            foreach (var to in cuts.Skip(1))
            {
                var cut = Strongest(values[from..to], Math.Max(least, 2));
                best = cut.Statistic > best.Statistic ? (from + cut.At, cut.Statistic) : best;
                from = to;
            }

            if (best.Statistic < Significant)
            {
                break;
            }

            cuts.Add(best.At);
        }

        int[] edges = [.. cuts];
        var shifts = new LevelShift[edges.Length - 2];
        for (var i = 0; i < shifts.Length; i++)
        {
            shifts[i] = new LevelShift(edges[i + 1], Mean(values[edges[i]..edges[i + 1]]), Mean(values[edges[i + 1]..edges[i + 2]]));
        }

        return shifts;
    }

    /// <summary>The cut with the greatest t statistic of the difference in means, made smaller for errors that follow each other; 0 where a line fits better.</summary>
    private static (int At, double Statistic) Strongest(ReadOnlySpan<double> values, int least)
    {
        var n = values.Length;
        if (n < 2 * least)
        {
            return (0, 0);
        }

        var total = 0.0;
        var squares = 0.0;
        foreach (var value in values)
        {
            total += value;
            squares += value * value;
        }

        var (at, gain, sum) = (0, 0.0, 0.0);
        for (var t = 1; t <= n - least; t++)
        {
            sum += values[t - 1];
            if (t < least)
            {
                continue;
            }

            var difference = sum / t - (total - sum) / (n - t);
            var explained = difference * difference * t * (n - t) / n;
            (at, gain) = explained > gain ? (t, explained) : (at, gain);
        }

        var all = squares - total * total / n;
        var left = Math.Max(all - gain, 1e-12 * squares);
        if (gain <= 0 || gain <= ExplainedByLine(values, total / n))
        {
            return (at, 0);
        }

        var follow = Math.Clamp(Following(values, at), 0, 0.95);
        return (at, Math.Sqrt(gain / (left / Math.Max(1, n - 2))) * Math.Sqrt((1 - follow) / (1 + follow)));
    }

    private static double ExplainedByLine(ReadOnlySpan<double> values, double mean)
    {
        var (products, spread) = (0.0, 0.0);
        var middle = (values.Length - 1) / 2.0;
        for (var t = 0; t < values.Length; t++)
        {
            products += (t - middle) * (values[t] - mean);
            spread += (t - middle) * (t - middle);
        }

        return products * products / spread;
    }

    /// <summary>Correlation of each rest with the one before it.</summary>
    private static double Following(ReadOnlySpan<double> values, int at)
    {
        var (before, after) = (Mean(values[..at]), Mean(values[at..]));
        var (products, squares, last) = (0.0, 0.0, 0.0);
        for (var t = 0; t < values.Length; t++)
        {
            var rest = values[t] - (t < at ? before : after);
            products += rest * last;
            squares += rest * rest;
            last = rest;
        }

        return squares > 0 ? products / squares : 0;
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
