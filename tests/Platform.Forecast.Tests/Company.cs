using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.SpecialDays;

namespace Platform.Forecast.Tests;

/// <summary>Segments of an imagined company, made from people who come and go.</summary>
internal static class Company
{
    public static readonly BillingCalendar Utc = BillingCalendar.Find("")!;

    public static readonly HorizonCalendar June = new(Utc, new DateOnly(2026, 6, 10));

    public static SegmentSeries Segment(string team, string workload, int seed, int days, HorizonCalendar? calendar = null)
    {
        var today = (calendar ?? June).Today;
        return new SegmentSeries(new SegmentKey(team, workload, ""), today.AddDays(-days), [.. Synthetic.Team(seed, days).Select(Day)]);
    }

    /// <summary>A day of calls at a cent each, 1,000 tokens a call.</summary>
    public static SegmentDay Day(double dollars) => new((long)(dollars * 1e9), (long)(dollars * 100), 0, (long)(dollars * 80_000), (long)(dollars * 20_000));

    public static OrganisationForecast Ahead(HorizonCalendar calendar, params IReadOnlyList<SegmentSeries> series) =>
        Ahead(calendar, TeamCalendars.None, series);

    public static OrganisationForecast Ahead(HorizonCalendar calendar, TeamCalendars special, IReadOnlyList<SegmentSeries> series) => OrganisationForecast.Make(
        calendar, series, special, place => SegmentForecaster.Make(series[place], calendar.Days, special.Of(series[place].Key.TeamId)), CancellationToken.None);

    public static CurrentForecast Now(OrganisationForecast forecast, double hour = 12) =>
        new(forecast, new Dictionary<SegmentKey, SegmentDay>(), Utc.StartOf(forecast.Calendar.Today).AddHours(hour));

    public static LayeredForecasts Layered(CurrentForecast current, string team, params IReadOnlyList<PricedItem> plan) =>
        new(current, team, plan.ToLookup(item => item.Item.TeamId));
}
