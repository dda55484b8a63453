using Platform.Forecasting.Sampling;

namespace Platform.Forecasting.Periods;

/// <summary>
/// What is left of a period, by simple rules that fail at different times: medians of the last same weekdays are robust and stale, levels that follow the
/// last days are fresh and wild. Which of them a series obeys, its own past says: each rule forecasts again from all earlier days, and the median of all
/// is taken, weighed by how near they came.
/// </summary>
internal static class PeriodRule
{
    /// <summary>Weights are errors to the power of minus this.</summary>
    private const double Power = 4;

    /// <summary>A share of the mean error that every rule is taken to have, so that none is trusted for having been lucky.</summary>
    private const double Floor = 0.1;

    /// <summary>The fewest observations that rules are tried on.</summary>
    private const int LeastKnown = 10;

    /// <summary>The shortest rest that says something of a longer one: a week of days.</summary>
    private const int LeastJudged = 7;

    private const int MostOrigins = 100;

    /// <summary>Seasons that are looked back on, and observations where there is no season.</summary>
    private const int MostSeasons = 26;
    private const int MostWithoutSeason = 200;

    /// <param name="values">Whole and not negative, up to now.</param>
    /// <param name="left">How many more observations the period has, at least 1.</param>
    /// <param name="season">7 for days; 1 for none.</param>
    public static double Rest(ReadOnlySpan<double> values, int left, int season)
    {
        var most = season > 1 ? MostSeasons * season : MostWithoutSeason;
        var known = values[^Math.Min(values.Length, most)..];
        var rests = RestRules.All(known, left, season);
        var errors = Errors(known, left, season, rests.Length);
        var mean = errors.Average();
        return mean > 0
            ? new WeightedQuantiles(rests.Zip(errors, (rest, error) => (rest, Math.Pow((Floor * mean + error) / mean, -Power)))).At(0.5)
            : rests[0];
    }

    /// <summary>Of each rule, a step, summed over the earlier days that it could be judged from; all zero where there are none.</summary>
    private static double[] Errors(ReadOnlySpan<double> known, int left, int season, int rules)
    {
        var errors = new double[rules];
        for (var origin = Math.Max(LeastKnown, known.Length - left - MostOrigins); origin < known.Length; origin++)
        {
            var steps = Math.Min(left, known.Length - origin);
            if (steps < Math.Min(left, LeastJudged))
            {
                break;
            }

            var came = 0.0;
            foreach (var value in known[origin..(origin + steps)])
            {
                came += value;
            }

            var said = RestRules.All(known[..origin], steps, season);
            for (var rule = 0; rule < rules; rule++)
            {
                errors[rule] += Math.Abs(said[rule] - came) / steps;
            }
        }

        return errors;
    }
}
