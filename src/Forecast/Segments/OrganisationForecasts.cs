using Platform.Forecast.Planning;
using Platform.Forecast.Series;
using Platform.Forecast.SpecialDays;

namespace Platform.Forecast.Segments;

/// <summary>
/// The organisation's forecast as of now. That in days of UTC, which what is published rests on, is kept whatever is asked; of other zones the two that were asked last. With S segments,
/// T teams and D days ahead each of the three is 1000 × (8 × 23 S + (8 × 21 + b D) T) bytes, where a day of a team that spends up to a thousand a day takes b = 5 and of one that spends more 6; which is 290 MB for 50 teams of 20 segments;
/// 168 KB more for each team that controls or failures have cost or saved anything, twice where both; 8 bytes × 1000 × D for each team that plans something; and 84 KB for each of the layers (resilience, routing, refusals) that a segment has any of. Beside the three there are those that are being made, one of UTC and one of another zone at a time, and those that answers under way are read off.
/// </summary>
internal sealed class OrganisationForecasts(SegmentStore store, CalendarStore calendars, PlanPrices prices)
{
    private const int MostOthers = 2;
    private readonly Lock _choice = new();

    /// <summary>Days of UTC have a turn of their own: however many zones are asked for, what is published waits for none of them.</summary>
    private readonly ZoneForecast _utc = new(store, calendars, prices, BillingCalendar.Find("")!, new SemaphoreSlim(1));
    private readonly SemaphoreSlim _turnOfOthers = new(1);

    /// <summary>The one that was asked last first. Behind those that are kept there are some only while somebody waits for them, so that whoever comes back finds what was begun.</summary>
    private readonly List<Asked> _others = [];

    public async Task<OrganisationForecast> GetAsync(BillingCalendar calendar, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (calendar.IsUtc)
        {
            return await _utc.GetAsync(now, cancellationToken);
        }

        var zone = Enter(calendar);
        try
        {
            return await zone.Forecast.GetAsync(now, cancellationToken);
        }
        finally
        {
            Leave(zone);
        }
    }

    private Asked Enter(BillingCalendar calendar)
    {
        lock (_choice)
        {
            var zone = _others.Find(known => known.Forecast.Zone == calendar.Name) ?? new Asked(new ZoneForecast(store, calendars, prices, calendar, _turnOfOthers));
            zone.Callers++;
            _others.Remove(zone);
            _others.Insert(0, zone);
            Forget();
            return zone;
        }
    }

    private void Leave(Asked zone)
    {
        lock (_choice)
        {
            zone.Callers--;
            Forget();
        }
    }

    private void Forget()
    {
        for (var place = _others.Count - 1; place >= MostOthers; place--)
        {
            if (_others[place].Callers == 0)
            {
                _others.RemoveAt(place);
            }
        }
    }

    private sealed class Asked(ZoneForecast forecast)
    {
        public ZoneForecast Forecast => forecast;

        /// <summary>Who waits for it now, or has given up what is being made.</summary>
        public int Callers { get; set; }
    }
}
