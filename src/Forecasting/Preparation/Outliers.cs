using Platform.Forecasting.Numerics;

namespace Platform.Forecasting.Preparation;

/// <summary>
/// Single values far from their neighbours and from the same time of other seasons (Hampel 1974). They are set to that level, so that no model takes a
/// burst for the new normal; bursts that come again and again are the series' nature and stay.
/// </summary>
internal static class Outliers
{
    private const double Far = 8;
    private const double MostShare = 0.02;
    private const int Neighbours = 2;

    /// <summary>So many values at the end have nothing after them that would tell a burst from a new level.</summary>
    public const int Newest = Neighbours;

    /// <summary>In a season of weeks, what comes every year may come a week earlier or later: a peak is no outlier for that.</summary>
    private const int LongestSeason = 24;

    private const int Least = 20;

    /// <summary>Normal standard deviations in a median absolute deviation.</summary>
    private const double Consistency = 1.4826;

    /// <summary>Normal standard deviations in a mean absolute deviation (Iglewicz and Hoaglin 1993).</summary>
    private const double MeanConsistency = 1.2533;

    /// <returns>Position, value and the value to put in its place, in order of time; empty when there are too many to be outliers.</returns>
    public static IReadOnlyList<(int Position, double Value, double Usual)> Find(double[] values, int season)
    {
        // The newest values may be the first of a new level: nobody can tell yet.
        var found = FarFrom(values, season).Where(value => value.Position < values.Length - Newest).ToArray();
        return found.Length <= MostShare * values.Length ? found : [];
    }

    /// <summary>Whether one of the newest values would be an outlier, were more known after it.</summary>
    public static bool MayBeNewest(double[] values, int season) => FarFrom(values, season).Any(value => value.Position >= values.Length - Newest);

    private static IEnumerable<(int Position, double Value, double Usual)> FarFrom(double[] values, int season)
    {
        if (season > LongestSeason || values.Length < Math.Max(Least, 3 * season))
        {
            yield break;
        }

        var (near, nearScale) = Misses(values, 1);
        var (same, sameScale) = season > 1 ? Misses(values, season) : (near, nearScale);
        for (var t = 0; t < values.Length; t++)
        {
            if (Math.Abs(near[t]) > Far * nearScale && Math.Abs(same[t]) > Far * sameScale && nearScale > 0 && sameScale > 0)
            {
                yield return (t, values[t], values[t] - (season > 1 ? same[t] : near[t]));
            }
        }
    }

    /// <summary>How far each value is from the median of those one and two <paramref name="step"/>s before and after, and the usual distance.</summary>
    private static (double[] Misses, double Scale) Misses(double[] values, int step)
    {
        var misses = new double[values.Length];
        var between = new bool[values.Length];
        Span<double> around = stackalloc double[2 * Neighbours];
        for (var t = 0; t < values.Length; t++)
        {
            var count = 0;
            for (var i = -Neighbours; i <= Neighbours; i++)
            {
                var at = t + i * step;
                if (i != 0 && at >= 0 && at < values.Length)
                {
                    around[count++] = values[at];
                }
            }

            var sorted = around[..count];
            sorted.Sort();
            misses[t] = values[t] - (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
            between[t] = values[t] >= sorted[0] && values[t] <= sorted[count - 1];
        }

        // The last value before a change of the level has neighbours on both sides of it and is no outlier.
        var scale = Consistency * Median.Of([.. misses.Select(Math.Abs)]);

        // Amounts that mostly repeat to the last digit, as those of fixed work do, have no median distance, and then a mean one. Where most are zero, what is not comes now and then.
        if (scale == 0 && Median.Of(values) > 0)
        {
            scale = MeanConsistency * misses.Average(Math.Abs);
        }

        return ([.. misses.Select((miss, t) => between[t] ? 0 : miss)], scale);
    }
}
