using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>How near the share of the last four weeks is to what models have of the days after them, on made shares of two models (decision 0169).</summary>
public sealed class ModelShareTests(ITestOutputHelper output)
{
    private const int Known = RouteMix.Days;
    private const int Ahead28 = 28;
    private const int Quarter = 118;

    /// <summary>The logarithm of what the new model costs by what the old one does, without a day's own noise.</summary>
    private static readonly (string Name, Func<Random, double[]> Of)[] Kinds =
    [
        ("stays", _ => new double[Known + Quarter]),
        ("grows", random => Rises(random.Next(3, 11), day => day - Known)),
        ("has grown", random => Rises(random.Next(3, 11), day => Math.Min(0, day - Known))),
        ("wanders", random =>
        {
            var at = 0.0;
            return [.. Enumerable.Range(0, Known + Quarter).Select(_ => at += 0.05 * Synthetic.Normal(random))];
        }),
        ("is switched", random =>
        {
            var (at, by) = (random.Next(Known - 56, Known - 3), random.Next(2) * 2.0 - 1);
            return [.. Enumerable.Range(0, Known + Quarter).Select(day => day < at ? 0 : by)];
        }),
    ];

    [Fact]
    public void A_trend_of_shares_is_nearer_where_a_model_grows_and_farther_where_its_share_was_switched_or_has_stopped_growing()
    {
        var ratios = new Dictionary<string, (double Near, double Far)>();
        foreach (var (name, of) in Kinds)
        {
            var sums = new double[4];
            for (var seed = 0; seed < 300; seed++)
            {
                var days = Days(of, new Random(seed));
                var (near, far) = (Share(days[Known..(Known + Ahead28)]), Share(days[(Known + Ahead28)..]));
                var plain = Share(days[(Known - 28)..Known]);
                sums[0] += Math.Abs(plain - near);
                sums[1] += Math.Abs(Trended(days, plain, 0, Ahead28) - near);
                sums[2] += Math.Abs(plain - far);
                sums[3] += Math.Abs(Trended(days, plain, Ahead28, Quarter) - far);
            }

            ratios[name] = (sums[1] / sums[0], sums[3] / sums[2]);
            output.WriteLine($"{name,-12} four weeks: share {sums[0] / 300:0.000}, trend {sums[1] / 300:0.000}; three months after: share {sums[2] / 300:0.000}, trend {sums[3] / 300:0.000}");
        }

        Assert.True(ratios["grows"].Near < 0.7 && ratios["grows"].Far < 0.8);
        Assert.True(ratios["is switched"].Near > 1.2 && ratios["is switched"].Far > 1.5);
        Assert.True(ratios["has grown"].Far > 1.3);
        Assert.True(ratios["stays"].Near > 1 && ratios["wanders"].Far > 1);
    }

    [Fact]
    public void Bands_of_a_model_hold_its_month_as_its_segments_do_where_its_share_stays_and_less_where_it_moves()
    {
        var then = new HorizonCalendar(Utc, new DateOnly(2026, 6, 1));
        const int companies = 20;
        var (whole, inside) = (0, Kinds.ToDictionary(kind => kind.Name, _ => 0));
        for (var company = 0; company < companies; company++)
        {
            double[] spend = [.. Synthetic.Team(7000 + company, 210)];
            var series = new SegmentSeries(new SegmentKey("team_a", $"{company}", ""), then.Today.AddDays(-180), [.. spend.Take(180).Select(Day)]);
            var current = Now(Ahead(then, series), 0);
            foreach (var (name, of) in Kinds)
            {
                double[] shares = [.. Days(of, new Random(company)).Select(day => day.New / (day.New + day.Old))];
                var mix = RouteMix.Of(series.Key, [.. Enumerable.Range(0, Known).SelectMany(day => new[] { ("new", shares[day]), ("old", 1 - shares[day]) }.Select(route =>
                    new RouteDay(day, "openai", route.Item1, (long)(series.Days[180 - Known + day].CostNanos * route.Item2), 1, 1, 1, 0, 0)))]);
                var view = SegmentViews.Make(current, new GetSegmentsRequest(), "USD", new ModelFacts(new Dictionary<SegmentKey, RouteMix> { [series.Key] = mix }, new Dictionary<SegmentKey, List<RouteSpend>>()));
                var (part, came) = (view.Total.Parts[0], Enumerable.Range(0, 30).Sum(day => spend[180 + day] * shares[Known + day]) * 1e9);
                inside[name] += came >= part.P10Nanos && came <= part.P90Nanos ? 1 : 0;
                whole += name == "stays" && spend.Skip(180).Sum() * 1e9 is var all && all >= view.Total.P10Nanos && all <= view.Total.P90Nanos ? 1 : 0;
            }
        }

        output.WriteLine($"of {companies}: segment {whole}; {string.Join(", ", inside.Select(kind => $"{kind.Key} {kind.Value}"))}");
        Assert.InRange(inside["stays"], whole - companies / 10, whole + companies / 10);
        Assert.True(inside["grows"] < inside["stays"]);
    }

    private static double[] Rises(int percentByWeek, Func<int, double> days) => [.. Enumerable.Range(0, Known + Quarter).Select(day => Math.Log(1 + percentByWeek / 100.0) / 7 * days(day))];

    /// <summary>Half of the weekend's calls are missing, and each day is as noisy as its share.</summary>
    private static (double New, double Old)[] Days(Func<Random, double[]> of, Random random)
    {
        var first = 1.2 * Synthetic.Normal(random);
        return [.. of(random).Select((log, day) =>
        {
            var (whole, share) = ((day % 7 > 4 ? 0.5 : 1) * Math.Exp(0.2 * Synthetic.Normal(random)), 1 / (1 + Math.Exp(-(first + log + 0.3 * Synthetic.Normal(random)))));
            return (whole * share, whole * (1 - share));
        })];
    }

    private static double Share(IReadOnlyList<(double New, double Old)> days) => days.Sum(day => day.New) / days.Sum(day => day.New + day.Old);

    /// <summary>The mean share of some days ahead where the log odds of the last eight weeks go on: drawn to none as far as they do not show it, and a seventh less each week.</summary>
    private static double Trended((double New, double Old)[] days, double plain, int from, int to)
    {
        const int weeks = 8;
        const double fades = 0.85;
        double[] odds = [.. Enumerable.Range(0, weeks).Select(week => Odds(Share(days[(Known - 7 * (weeks - week))..(Known - 7 * (weeks - week - 1))])))];
        var (mean, square) = (odds.Average(), Enumerable.Range(0, weeks).Sum(week => Math.Pow(week - (weeks - 1) / 2.0, 2)));
        var slope = odds.Select((value, week) => (week - (weeks - 1) / 2.0) * (value - mean)).Sum() / square;
        var left = odds.Select((value, week) => Math.Pow(value - mean - slope * (week - (weeks - 1) / 2.0), 2)).Sum() / (weeks - 2);
        slope *= Math.Max(0, 1 - 2 * left / (slope * slope * square));
        return Enumerable.Range(from, to - from).Average(day => 1 / (1 + Math.Exp(-(Odds(plain) + slope * (2 + fades * (1 - Math.Pow(fades, day / 7.0)) / (1 - fades))))));
    }

    private static double Odds(double share) => Math.Log(share / (1 - share));
}
