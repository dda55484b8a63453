using Platform.Forecasting.Numerics;

namespace Platform.Forecasting.Periods;

/// <summary>Simple rules for the sum of the next observations.</summary>
internal static class RestRules
{
    private const int FewSeasons = 4;
    private const int ManySeasons = 8;

    /// <summary>How much nearer than the one before it an observation counts in a level that follows.</summary>
    private static readonly double[] Followings = [0.03, 0.1, 0.2, 0.35];

    /// <summary>The median of the last four same days first; then of eight, the mean of two, and levels times the season's figure, slow to quick.</summary>
    /// <param name="known">At least one.</param>
    public static double[] All(ReadOnlySpan<double> known, int steps, int season)
    {
        var rests = new double[3 + Followings.Length];
        Span<double> same = stackalloc double[ManySeasons];
        var figure = Figure(known, season);
        var ahead = 0.0;
        for (var step = 0; step < steps; step++)
        {
            var count = SameDays(known, known.Length + step, season, same);
            rests[0] += count == 0 ? Mean(known) : Median.Of(same[..Math.Min(count, FewSeasons)]);
            rests[1] += count == 0 ? Mean(known) : Median.Of(same[..count]);
            rests[2] += count == 0 ? Mean(known) : Mean(same[..Math.Min(count, 2)]);
            ahead += figure[(known.Length + step) % season];
        }

        for (var i = 0; i < Followings.Length; i++)
        {
            rests[3 + i] = ahead * Level(known, figure, Followings[i]);
        }

        return rests;
    }

    /// <summary>The last observations of the same place in the season, newest first.</summary>
    private static int SameDays(ReadOnlySpan<double> known, int day, int season, Span<double> same)
    {
        var count = 0;
        for (var at = day - season; at >= 0 && count < same.Length; at -= season)
        {
            if (at < known.Length)
            {
                same[count++] = known[at];
            }
        }

        return count;
    }

    /// <summary>What each place of the season is as a share of the level around it: a median, one season of no figure weighing in; with a mean of 1.</summary>
    private static double[] Figure(ReadOnlySpan<double> known, int season)
    {
        var figure = new double[season];
        var sums = new double[known.Length + 1];
        for (var t = 0; t < known.Length; t++)
        {
            sums[t + 1] = sums[t] + known[t];
        }

        var shares = new double[known.Length / season + 1];
        for (var place = 0; place < season; place++)
        {
            var count = 0;
            for (var t = place; t < known.Length; t += season)
            {
                var from = Math.Clamp(t - season / 2, 0, Math.Max(0, known.Length - season));
                var to = Math.Min(known.Length, from + season);
                shares[count++] = sums[to] > sums[from] ? known[t] * (to - from) / (sums[to] - sums[from]) : 1;
            }

            figure[place] = count == 0 ? 1 : (Median.Of(shares.AsSpan(0, count)) * count + 1) / (count + 1);
        }

        var mean = Mean(figure);
        for (var place = 0; place < season; place++)
        {
            figure[place] /= mean;
        }

        return figure;
    }

    /// <summary>What the figure is to be multiplied by, the newest observations counting most.</summary>
    private static double Level(ReadOnlySpan<double> known, double[] figure, double following)
    {
        var (values, figures, weight) = (0.0, 0.0, 1.0);
        for (var t = known.Length - 1; t >= 0; t--)
        {
            values += weight * known[t];
            figures += weight * figure[t % figure.Length];
            weight *= 1 - following;
        }

        return values / figures;
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
