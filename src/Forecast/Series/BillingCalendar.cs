using Platform.Contracts;

namespace Platform.Forecast.Series;

/// <summary>Days and months of a time zone as moments.</summary>
internal sealed class BillingCalendar
{
    private readonly TimeZoneInfo _zone;

    private BillingCalendar(TimeZoneInfo zone) => _zone = zone;

    /// <summary>Days are those that are kept ready.</summary>
    public bool IsUtc => _zone.Id == TimeZoneInfo.Utc.Id;

    /// <summary>IANA name.</summary>
    public string Name => _zone.Id;

    /// <summary>Null when the name is no IANA time zone; empty means UTC.</summary>
    public static BillingCalendar? Find(string timeZone) => CalendarPeriod.TryFindZone(timeZone, out var zone) ? new BillingCalendar(zone) : null;

    public DateOnly DayOf(DateTimeOffset moment) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, _zone).DateTime);

    /// <summary>The first moment of a day, as <see cref="CalendarPeriod.StartOf"/> has it: a forecast's days are those of budgets, caps and spend.</summary>
    public DateTimeOffset StartOf(DateOnly day) => CalendarPeriod.StartOf(day, _zone);
}
