using Platform.Forecast.Layers;
using Platform.Forecast.Segments;
using Platform.SyntheticCompany;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>What a part of a team is judged by: the reviews of a made company's one team, as if nothing but a share said which calls they are.</summary>
internal static class ReviewsOfCompanies
{
    private const int Known = 120;
    private const int Month = 30;

    /// <summary>In how many of a hundred companies next month's reviews lay from P10 to P90.</summary>
    /// <param name="month">What reviews may cost, by path and day, from the team's history, what is known, and what reviews cost by day so far.</param>
    public static int Inside(Func<SegmentSeries, CurrentForecast, Func<int, long>, long[]> month)
    {
        var calendar = new HorizonCalendar(Utc, new DateOnly(2026, 6, 1));
        var plan = new CompanyPlan { Start = calendar.Today.AddDays(-Known), Days = Known + Month, Teams = 1 };
        var inside = new int[100];
        Parallel.For(0, inside.Length, seed =>
        {
            var company = SyntheticCompany.Company.Of(seed, plan);
            var team = SegmentSeries.Add(new SegmentKey("team-1", "", ""), CompanySegments.Of(company, calendar.Today, Known));
            var reviews = company.Single(segment => segment.Workload == "review").Days;
            var sorted = new DailyTotals(Month).Of(month(team, Now(Ahead(calendar, team), hour: 0), day => reviews[day].Nanos)).Sorted(0, Month);
            inside[seed] = reviews.Skip(Known).Sum(day => day.Nanos) is var came && came >= sorted[100] && came <= sorted[900] ? 1 : 0;
        });
        return inside.Sum();
    }
}
