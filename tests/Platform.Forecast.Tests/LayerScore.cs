using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Controls;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using Platform.SyntheticCompany;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>
/// What the service says of one imagined company's next month, layer by layer, beside what comes: it grows as it will, was put under a control some weeks ago, has outages now and then, and is to
/// launch something, as it may have before. What the service is told is what people would know: days that are over, the launch as it was planned, with how sure that is, and what came of those before.
/// </summary>
/// <param name="Places">By layer, where what came lies: -1 below P10, 0 within the band, 1 above P90. Of what is planned by its place among the futures, since in some of them nothing comes.</param>
/// <param name="Layers">By layer, nano-units.</param>
/// <param name="Probability">Of the launch, as the service was told.</param>
internal sealed record LayerScore(IReadOnlyDictionary<string, int> Places, IReadOnlyDictionary<string, (LayerFigure Said, long Came)> Layers, double Probability)
{
    public const string Planned = "planned";
    public const string Effect = "control, by its effect";

    private const int Known = 150;
    private const int EffectDays = 28;
    private const double BandDeviations = 1.2816;
    private const long NanosAToken = 3_000;

    // Early enough to be over, and late enough to have a level before.
    private const int FirstLaunch = 45;
    private const int LastLaunch = 100;
    private const int MostLaunches = 8;

    private static readonly HorizonCalendar FirstOfJune = new(Utc, new DateOnly(2026, 6, 1));
    private static readonly PeriodSpan June = PeriodSpan.Of(PeriodKind.Month, FirstOfJune);

    public static LayerScore Of(int seed)
    {
        var random = new Random(seed);
        var plan = Plan(random);
        var company = SyntheticCompany.Company.Of(seed, plan);
        var series = CompanySegments.Of(company, FirstOfJune.Today, Known);
        var current = Now(Ahead(FirstOfJune, series), hour: 0);

        // How far off plans are, people know roughly: from a third less to half as much again.
        var item = Item(plan.Launch!, 0.67 + 0.83 * random.NextDouble());
        var layered = Layered(current, "", ReadPlan.Priced([(item, plan.Launch!.Tokens * NanosAToken)], current, Record(seed, series)));
        var said = layered.Of(June);
        var effect = EffectViews.Make(SegmentSeries.Add(new SegmentKey("team-1", "", ""), series), plan.Start.AddDays(plan.Control!.Day), EffectDays);
        Dictionary<string, (LayerFigure Said, long Came)> layers = new()
        {
            ["baseline"] = (said.Baseline, Came(day => day.BaselineNanos)),
            ["control"] = (said.Control, Came(day => day.ControlNanos)),
            [Effect] = (new LayerFigure(0, effect.DifferenceP50Nanos, effect.DifferenceP10Nanos, effect.DifferenceP50Nanos, effect.DifferenceP90Nanos),
                Sum(day => day.ControlNanos, plan.Control.Day, plan.Control.Day + EffectDays)),
            [Planned] = (said.Planned, Came(day => day.LaunchNanos)),
            ["resilience"] = (said.Resilience, Came(day => day.ResilienceNanos)),
            ["total"] = (said.Total, Came(day => day.Nanos)),
        };
        var places = layers.ToDictionary(layer => layer.Key, layer => layer.Value.Came < layer.Value.Said.P10 ? -1 : layer.Value.Came > layer.Value.Said.P90 ? 1 : 0);
        places[Planned] = PlaceOf(layers[Planned].Came, layered.Sum, random) switch { < 0.1 => -1, > 0.9 => 1, _ => 0 };
        return new LayerScore(places, layers, plan.Launch.Probability);

        long Came(Func<DayTruth, long> layer) => Sum(layer, Known, plan.Days);

        long Sum(Func<DayTruth, long> layer, int from, int to) => company.Sum(segment => segment.Days.Take(to).Skip(from).Sum(layer));
    }

    /// <summary>Another company every time: each event has a size and a day of its own.</summary>
    private static CompanyPlan Plan(Random random) => new()
    {
        Start = FirstOfJune.Today.AddDays(-Known),
        Days = Known + FirstOfJune.Month.AddMonths(1).DayNumber - FirstOfJune.Today.DayNumber,
        Teams = 1,
        Control = new Control(Known - EffectDays - random.Next(EffectDays), 0, Denied: 0.25 * random.NextDouble(), PriceCut: 0.5 * random.NextDouble()),
        Outages = new Outages(DaysBetween: 7, Hours: 3),

        Launch = Launch(Known + random.Next(14), random),
    };

    private static Launch Launch(int day, Random random) => new(
        day, 0, 4 + random.Next(11), 300 + 1_200 * random.NextDouble(), 2_000 + 4_000 * random.NextDouble(), 0.3 + 0.7 * random.NextDouble(), 0.1 + 0.3 * random.NextDouble(),
        0.3 * random.NextDouble(), MostDaysLate: 6);

    /// <summary>
    /// What came of none to eight launches of the months before, which were planned and came as this one. They were workloads that are not of the month to come: what they cost is in no figure here.
    /// </summary>
    private static PlanRecord Record(int seed, SegmentSeries[] company)
    {
        var random = new Random(~seed);
        var (items, segments) = (new List<(PlanRow, double)>(), company.ToList());
        foreach (var place in Enumerable.Range(0, random.Next(MostLaunches + 1)))
        {
            var launch = Launch(FirstLaunch + random.Next(LastLaunch - FirstLaunch), random);
            var came = SyntheticCompany.Company.Of(seed + ((place + 1) * 1_000_000), new CompanyPlan { Start = FirstOfJune.Today.AddDays(-Known), Days = Known, Teams = 0, Launch = launch });
            items.Add((Item(launch, 1) with { PlanId = $"launch-{place}", Workload = $"launch-{place}" }, launch.Tokens * NanosAToken));
            segments.AddRange(CompanySegments.Of(came, FirstOfJune.Today, Known).Select(segment => segment with { Key = segment.Key with { Workload = $"launch-{place}" } }));
        }

        return PlanRecord.Of(items, segments, FirstOfJune.Today);
    }

    /// <summary>Where what came stands among the futures, 0 to 1; among those that are equal to it, such as the ones in which nothing comes, anywhere (Czado et al. 2009).</summary>
    private static double PlaceOf(long came, LayerPaths sum, Random random)
    {
        long[] futures = [.. Enumerable.Range(0, JointPaths.Paths).Select(path => Enumerable.Range(June.FirstPiece, June.EndPiece - June.FirstPiece).Sum(piece => sum.Planned(path, piece)))];
        return (futures.Count(future => future < came) + random.NextDouble() * futures.Count(future => future == came)) / JointPaths.Paths;
    }

    private static PlanRow Item(Launch launch, double told) => new(
        "launch", "launch", "team-1", "launch", "realtime", "", "standard", FirstOfJune.Today.AddDays(launch.Day - Known), launch.RampDays - 1, (long)launch.Calls, (long)launch.Tokens, 0,
        (int)(launch.Probability * PlanRow.Certain), (int)(1e6 * (Math.Exp(BandDeviations * told * Math.Sqrt(launch.Spread * launch.Spread + launch.TokensSpread * launch.TokensSpread)) - 1)), null,
        "", "", true, DateTimeOffset.UnixEpoch, "key_1");
}
