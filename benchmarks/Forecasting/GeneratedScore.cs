using Platform.Forecasting;
using Platform.Forecasting.Tests;
using Platform.SyntheticCompany;

namespace Platform.Benchmarks.Forecasting;

/// <summary>What bands hold on series that are made: the baseline of an imagined company, and daily series of several kinds.</summary>
internal static class GeneratedScore
{
    private const int Seeds = 1000;
    private const int Known = 60;
    private const int Horizon = 28;
    private const int KindSeeds = 100;

    /// <summary>Seeds that no constant of the engine was chosen by.</summary>
    private const int FirstKindSeed = 10_000;

    private static readonly (int Known, int Horizon)[] Lengths = [(28, 7), (42, 14), (60, 28), (120, 28)];

    /// <summary>Of a team's spend in each of a thousand companies, 60 days known, 28 ahead.</summary>
    public static Coverage Company(CancellationToken cancellationToken) => Cover(Teams(Seeds, Known + Horizon), Known, Horizon, cancellationToken);

    public static IEnumerable<Figure> OfKinds(CancellationToken cancellationToken)
    {
        foreach (var kind in Kinds.All)
        {
            var coverage = Lengths.Aggregate(Coverage.None, (sum, length) => sum + Cover(
                [.. Enumerable.Range(FirstKindSeed, KindSeeds).Select(seed => Kinds.Series(kind, seed, length.Known + length.Horizon))], length.Known, length.Horizon, cancellationToken));
            foreach (var figure in coverage.Figures($"kind_{kind}"))
            {
                yield return figure;
            }
        }
    }

    /// <summary>One team's baseline spend a company.</summary>
    public static double[][] Teams(int companies, int days) => [.. Enumerable.Range(0, companies).Select(seed =>
        SyntheticCompany.Company.Sum(SyntheticCompany.Company.Of(seed, new CompanyPlan { Days = days, Teams = 1 }).Select(segment => segment.Baseline())))];

    private static Coverage Cover(double[][] series, int known, int horizon, CancellationToken cancellationToken)
    {
        var forecasts = ForecastBenchmark.ForecastAll([.. series.Select(values => values[..known])], new SeriesForecastOptions(horizon, horizon), cancellationToken);
        return series.Select((values, i) => Coverage.Of(forecasts[i].Paths, values[known..])).Aggregate(Coverage.None, (sum, next) => sum + next);
    }
}
