namespace Platform.Forecasting.Periods;

/// <summary>
/// What is left of a period, by two simple rules that fail at different times: the median of the last same weekdays, which is stale late in a period that
/// differs from those before, and the line through the period to date, which is wild early in it. Each is drawn towards the other by how much of the
/// period has passed, once by level and once by total, and the mean of both is taken.
/// </summary>
internal static class PeriodRule
{
    private const int MedianSeasons = 4;

    /// <summary>After so many observations the period's own days weigh as much as all before them: two weeks of days.</summary>
    private const double EvenAfter = 14;

    /// <param name="values">Whole and not negative; the last <paramref name="elapsed"/> are the period's first.</param>
    /// <param name="season">7 for days; 1 for none.</param>
    public static double Rest(ReadOnlySpan<double> values, int elapsed, int period, int season)
    {
        var start = values.Length - elapsed;
        var (spent, fitted, before, recent) = (0.0, 0.0, 0.0, 0.0);
        for (var day = 0; day < period; day++)
        {
            if (day < elapsed)
            {
                spent += values[start + day];
                fitted += SameDays(values, start, start + day, season);
            }
            else
            {
                before += SameDays(values, start, start + day, season);
                recent += SameDays(values, values.Length, start + day, season);
            }
        }

        var own = elapsed / (elapsed + EvenAfter);
        var levelled = before * Math.Pow(fitted > 0 && spent > 0 ? spent / fitted : 1, own);
        var line = elapsed > 0 ? spent / elapsed * (period - elapsed) : 0;
        return (levelled + (1 - own) * recent + own * line) / 2;
    }

    /// <summary>The median of the last same days before an end, of those since it where there are none, of all days where there are none either.</summary>
    private static double SameDays(ReadOnlySpan<double> values, int end, int day, int season)
    {
        Span<double> same = stackalloc double[MedianSeasons];
        var count = 0;
        for (var at = day - season; at >= 0 && count < MedianSeasons; at -= season)
        {
            if (at < end)
            {
                same[count++] = values[at];
            }
        }

        for (var at = day % season; count == 0 && at < values.Length; at += season)
        {
            same[count++] = values[at];
        }

        if (count == 0)
        {
            return Mean(values);
        }

        same = same[..count];
        same.Sort();
        return (same[(count - 1) / 2] + same[count / 2]) / 2;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        return values.Length == 0 ? 0 : sum / values.Length;
    }
}
