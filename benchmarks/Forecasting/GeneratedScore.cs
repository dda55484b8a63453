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

    /// <summary>New seeds, of generators that constants were chosen by.</summary>
    private const int FirstKindSeed = 10_000;

    /// <summary>Companies from here on are looked at by no test, and no constant was chosen with them in view.</summary>
    public const int FirstHeldOutSeed = 100_000;

    private static readonly (int Known, int Horizon)[] Lengths = [(28, 7), (42, 14), (60, 28), (120, 28)];

    /// <summary>Of a team's spend in each of a thousand companies, 60 days known, 28 ahead.</summary>
    public static Coverage Company(CancellationToken cancellationToken) => OfCompanies(0, Seeds, cancellationToken);

    public static IEnumerable<Figure> OfKinds(CancellationToken cancellationToken) => Kinds.All.SelectMany(kind => OfKind($"kind_{kind}", (seed, days) => Kinds.Series(kind, seed, days), cancellationToken));

    /// <summary>Series and companies that nothing was chosen by: whoever changes the engine looks at these last, and changes nothing for them.</summary>
    public static IEnumerable<Figure> OfHeldOut(CancellationToken cancellationToken) =>
        HeldOut.All.SelectMany(kind => OfKind($"heldout_{kind}", (seed, days) => HeldOut.Series(kind, seed, days), cancellationToken))
            .Concat(OfCompanies(FirstHeldOutSeed, Seeds, cancellationToken).Figures("heldout_company"));

    /// <summary>One team's baseline spend a company, by segment.</summary>
    public static double[][][] Segments(int companies, int days, int firstSeed = 0) => [.. Enumerable.Range(firstSeed, companies).Select(seed =>
        SyntheticCompany.Company.Of(seed, new CompanyPlan { Days = days, Teams = 1 }).Select(segment => segment.Baseline()).ToArray())];

    private static Coverage OfCompanies(int firstSeed, int companies, CancellationToken cancellationToken) =>
        Cover([.. Segments(companies, Known + Horizon, firstSeed).Select(SyntheticCompany.Company.Sum)], Known, Horizon, cancellationToken);

    private static IEnumerable<Figure> OfKind(string name, Func<int, int, double[]> series, CancellationToken cancellationToken) => Lengths.Aggregate(Coverage.None, (sum, length) => sum + Cover(
        [.. Enumerable.Range(FirstKindSeed, KindSeeds).Select(seed => series(seed, length.Known + length.Horizon))], length.Known, length.Horizon, cancellationToken)).Figures(name);

    private static Coverage Cover(double[][] series, int known, int horizon, CancellationToken cancellationToken)
    {
        var forecasts = ForecastBenchmark.ForecastAll([.. series.Select(values => values[..known])], new SeriesForecastOptions(horizon, horizon), cancellationToken);
        return series.Select((values, i) => Coverage.Of(forecasts[i].Paths, values[known..])).Aggregate(Coverage.None, (sum, next) => sum + next);
    }
}
