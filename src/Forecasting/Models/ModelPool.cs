using Platform.Forecasting.Preparation;

namespace Platform.Forecasting.Models;

/// <summary>Which models are tried on a series: all that its length, its seasons and its values allow.</summary>
internal static class ModelPool
{
    private const int FewSeasons = 4;
    private const int ManySeasons = 12;
    private const int LongestSmoothedSeason = 24;
    private const int RunRateWithoutSeason = 8;

    /// <summary>Logarithms are only taken where every value is above this share of the mean; else square roots.</summary>
    private const double LeastShareOfMean = 0.02;

    /// <param name="history">The shortest piece that models are fitted on.</param>
    /// <param name="whole">The whole history.</param>
    /// <param name="seasons">Those that the whole history shows, ascending.</param>
    /// <param name="quick">Only those that cost little time.</param>
    public static IReadOnlyList<IForecastModel> For(ReadOnlySpan<double> history, ReadOnlySpan<double> whole, IReadOnlyList<int> seasons, bool quick = false)
    {
        var n = history.Length;
        var apart = SeasonSight.Shown(n, seasons);
        var power = AllWellAboveZero(history) && AllWellAboveZero(whole) ? 0 : 0.5;
        var shortest = seasons.Count > 0 ? seasons[0] : 1;

        // Where no season can be taken apart yet, the few that repeat it must not be outvoted by the many that know of none.
        var onlyRepeated = apart.Length == 0 && seasons.Count > 0;
        List<IForecastModel> models = onlyRepeated ? [new RunRate(shortest), new ThetaMethod()] : quick ? Quick(shortest) : Plain(shortest);
        foreach (var season in seasons)
        {
            models.Add(new SeasonalNaive(season));
            models.Add(new SeasonalMedian(season, FewSeasons));
            models.Add(new SeasonalMedian(season, ManySeasons));
        }

        if (apart.Length > 0)
        {
            models.AddRange(quick ? DecomposingQuickly(apart, power) : Decomposing(apart, power));
        }

        if (SeasonalLevels.Shifts(whole, shortest).Count > 0)
        {
            models.Add(new Realigned(shortest, new RunRate(int.MaxValue)));
            models.Add(new Realigned(shortest, new ExponentialSmoothing(1)));
            if (apart.Length > 0)
            {
                models.Add(new Realigned(shortest, new SeasonalMedian(shortest, ManySeasons)));
                models.Add(new Realigned(shortest, new Decomposed(apart, new ExponentialSmoothing(1))));
            }
        }

        if (Report.IsIntermittent(whole))
        {
            models.Add(new Croston());
            models.Add(new TeunterSyntetosBabai());
        }

        if (!onlyRepeated)
        {
            models.AddRange(quick ? [new LagRegression(Lags(apart), 0.003)] : Regressing(n, apart, power));
        }

        return [.. models.Where(model => model.LeastHistory <= n)];
    }

    private static List<IForecastModel> Plain(int season) =>
    [
        new Naive(), new Drift(), new RunRate(season > 1 ? season : RunRateWithoutSeason), new RunRate(FewSeasons * Math.Max(season, RunRateWithoutSeason - 1)), new RunRate(int.MaxValue),
        new ExponentialSmoothing(season <= LongestSmoothedSeason ? season : 1), new ThetaMethod(), new DynamicTheta(),
    ];

    private static List<IForecastModel> Quick(int season) =>
    [
        new Drift(), new RunRate(season > 1 ? season : RunRateWithoutSeason), new RunRate(FewSeasons * Math.Max(season, RunRateWithoutSeason - 1)), new RunRate(int.MaxValue),
        new ThetaMethod(),
    ];

    private static IEnumerable<IForecastModel> DecomposingQuickly(int[] seasons, double power)
    {
        yield return new Decomposed(seasons, new ThetaMethod());
        yield return new Decomposed(seasons, new Naive());
        yield return new Decomposed(seasons, new LagRegression([1, 2, 3, 4, 5], 0.001));
        yield return new Powered(power, new Decomposed(seasons, new ThetaMethod()));
    }

    private static IEnumerable<IForecastModel> Decomposing(int[] seasons, double power)
    {
        var additive = new ExponentialSmoothing(1, [.. EtsForm.Stable(1).Where(form => !form.NeedsPositive)]);
        yield return new Decomposed(seasons, new ExponentialSmoothing(1));
        yield return new Decomposed(seasons, new ThetaMethod());
        yield return new Decomposed(seasons, new DynamicTheta());
        yield return new Decomposed(seasons, new Naive());
        yield return new Decomposed(seasons, new LagRegression([1, 2, 3, 4, 5], 0.001));
        yield return new Decomposed(seasons, new Differenced(1, new LagRegression([1, 2, 3, 4, 5], 0.001)));
        yield return new Powered(power, new Decomposed(seasons, additive));
        yield return new Powered(power, new Decomposed(seasons, new Naive()));
        yield return new SeasonsSmoothing(seasons);
        yield return new Powered(power, new SeasonsSmoothing(seasons));
        if (seasons.Length > 1)
        {
            yield return new Decomposed(seasons[..1], new ExponentialSmoothing(1));
        }
    }

    private static IEnumerable<IForecastModel> Regressing(int n, int[] seasons, double power)
    {
        var few = Lags(seasons);
        var recent = Math.Min(seasons.Length > 0 ? Math.Min(seasons[0], LongestSmoothedSeason) : 8, n / 6);
        var many = new SortedSet<int>(few);
        many.UnionWith(Enumerable.Range(1, recent));
        if (seasons.Length > 0 && seasons[0] <= LongestSmoothedSeason)
        {
            many.UnionWith([2 * seasons[0] - 1, 2 * seasons[0], 2 * seasons[0] + 1]);
        }

        yield return new LagRegression(few, 0.0003);
        yield return new LagRegression(few, 0.003);
        yield return new LagRegression(few, 0.03);
        yield return new LagRegression([.. many], 0.003);
        yield return new Differenced(1, new LagRegression(few, 0.003));
        yield return new Powered(power, new LagRegression(few, 0.003));
        if (seasons.Length > 0)
        {
            yield return new Differenced(seasons[0], new LagRegression(few, 0.003));
        }
    }

    /// <summary>The last three observations, and those around the same time of the last season.</summary>
    private static int[] Lags(int[] seasons)
    {
        var lags = new SortedSet<int> { 1, 2, 3 };
        foreach (var season in seasons)
        {
            lags.UnionWith([season - 1, season, season + 1]);
        }

        if (seasons.Length > 0 && seasons[0] <= LongestSmoothedSeason)
        {
            lags.Add(2 * seasons[0]);
        }

        lags.Remove(0);
        return [.. lags];
    }

    private static bool AllWellAboveZero(ReadOnlySpan<double> values)
    {
        var (least, sum) = (double.PositiveInfinity, 0.0);
        foreach (var value in values)
        {
            least = Math.Min(least, value);
            sum += value;
        }

        return least > LeastShareOfMean * sum / values.Length;
    }
}
