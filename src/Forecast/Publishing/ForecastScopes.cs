using Platform.Contracts.Events;
using Platform.Forecast.Projection;
using Platform.Forecast.Series;

namespace Platform.Forecast.Publishing;

/// <summary>What is published of one scope, as a pure function of its series.</summary>
internal static class ForecastScopes
{
    /// <param name="teamId">Empty for the organisation.</param>
    /// <param name="calendar">Of UTC.</param>
    public static ForecastScope Make(string teamId, DailySeries series, BillingCalendar calendar, DateTimeOffset now) =>
        DemandProjection.Make(series, calendar, now) is { } projection
            ? new ForecastScope(teamId, Explanation.OfPublication(projection), [.. Ahead(projection, series.Today, calendar)])
            : new ForecastScope(teamId, Explanation.OfShortHistory(series), []);

    private static IEnumerable<SpendThrough> Ahead(DemandProjection projection, DateOnly today, BillingCalendar calendar) =>
        Enumerable.Range(0, projection.Ahead.Horizon).Select(day =>
        {
            var band = projection.Ahead.Through(day);
            return new SpendThrough(
                calendar.StartOf(today.AddDays(day + 1)), Nanos.FromForecast(band.P10), Nanos.FromForecast(band.P50), Nanos.FromForecast(band.P90));
        });
}
