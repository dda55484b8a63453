using Platform.Forecast.Segments;
using Platform.Forecast.Tests;
using Platform.SyntheticCompany;
using static Platform.Forecast.Tests.Company;

namespace Platform.Benchmarks.Forecasting;

/// <summary>How many imagined companies spend, over the next month and over two, three and six, within the service's band, and how many fall out of it on either side.</summary>
internal static class LongTotalScore
{
    private const int Companies = 200;
    private const int Known = 150;
    private static readonly int[] Lengths = [28, 60, 90, 180];

    /// <param name="firstSeed">Of as many as are looked at.</param>
    public static IEnumerable<Figure> Measure(string name, int firstSeed, CancellationToken cancellationToken)
    {
        var calendar = new HorizonCalendar(Utc, new DateOnly(2026, 6, 1));
        var plan = new CompanyPlan { Start = calendar.Today.AddDays(-Known), Days = Known + Lengths[^1], Teams = 1 };
        var places = new int[Companies][];
        Parallel.For(0, Companies, new ParallelOptions { CancellationToken = cancellationToken }, seed =>
        {
            var company = SyntheticCompany.Company.Of(firstSeed + seed, plan);
            var team = Ahead(calendar, CompanySegments.Of(company, calendar.Today, Known)).Teams[0].Paths;
            places[seed] = [.. Lengths.Select(days => Place(team, days, company.Sum(segment => segment.Days.Skip(Known).Take(days).Sum(day => day.Nanos))))];
        });
        foreach (var (place, days) in Lengths.Index())
        {
            yield return new Figure($"{name}_{days}_days_below_p10", Share(place, -1), $"share of {Companies}");
            yield return new Figure($"{name}_{days}_days_coverage", Share(place, 0), $"share of {Companies}");
            yield return new Figure($"{name}_{days}_days_above_p90", Share(place, 1), $"share of {Companies}");
        }

        double Share(int length, int where) => places.Count(company => company[length] == where) / (double)Companies;
    }

    /// <summary>-1 below the band, 1 above it.</summary>
    private static int Place(TeamPaths team, int days, long came)
    {
        long[] totals = [.. Enumerable.Range(0, team.Count).Select(path => team.Path(path)[..days].ToArray().Sum())];
        var (p10, _, p90) = PathTotals.Band(totals);
        return came < p10 ? -1 : came > p90 ? 1 : 0;
    }
}
