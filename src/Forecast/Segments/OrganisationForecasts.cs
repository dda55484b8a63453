using Platform.Forecast.Series;
using Platform.Forecast.SpecialDays;

namespace Platform.Forecast.Segments;

/// <summary>
/// The organisation's forecast as of now. That in days of UTC, which what is published rests on, is kept whatever is asked; of other zones the two that were asked last. With S segments,
/// T teams and D days ahead each of the three is 8 bytes × 1000 × (23 S + D T), which is 345 MB for 50 teams of 20 segments; 8 bytes × 1000 × D for each team that plans something; and 84 KB for each of the
/// layers (resilience, routing, refusals) that a segment has any of.
/// </summary>
internal sealed class OrganisationForecasts(SegmentStore store, CalendarStore calendars)
{
    private const int MostOthers = 2;
    private readonly Lock _choice = new();
    private readonly ZoneForecast _utc = new(store, calendars, BillingCalendar.Find("")!);

    /// <summary>The one that was asked last first.</summary>
    private readonly List<ZoneForecast> _others = [];

    public Task<OrganisationForecast> GetAsync(BillingCalendar calendar, DateTimeOffset now, CancellationToken cancellationToken) =>
        (calendar.IsUtc ? _utc : Other(calendar)).GetAsync(now, cancellationToken);

    private ZoneForecast Other(BillingCalendar calendar)
    {
        lock (_choice)
        {
            var zone = _others.Find(known => known.Zone == calendar.Name) ?? new ZoneForecast(store, calendars, calendar);
            _others.Remove(zone);
            _others.Insert(0, zone);
            if (_others.Count > MostOthers)
            {
                _others.RemoveAt(MostOthers);
            }

            return zone;
        }
    }
}
