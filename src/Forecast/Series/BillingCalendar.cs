namespace Platform.Forecast.Series;

/// <summary>Days and months of a time zone as moments.</summary>
internal sealed class BillingCalendar
{
    private static readonly TimeSpan GapStep = TimeSpan.FromMinutes(15);
    private readonly TimeZoneInfo _zone;

    private BillingCalendar(TimeZoneInfo zone) => _zone = zone;

    /// <summary>Days are those that are kept ready.</summary>
    public bool IsUtc => _zone.Id == TimeZoneInfo.Utc.Id;

    /// <summary>IANA name.</summary>
    public string Name => _zone.Id;

    /// <summary>Null when the name is no IANA time zone; empty means UTC.</summary>
    public static BillingCalendar? Find(string timeZone)
    {
        if (timeZone.Length == 0)
        {
            return new BillingCalendar(TimeZoneInfo.Utc);
        }

        return TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out var zone) && zone.HasIanaId ? new BillingCalendar(zone) : null;
    }

    public DateOnly DayOf(DateTimeOffset moment) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, _zone).DateTime);

    /// <summary>
    /// The first moment of a day: midnight; where clocks are put forward at midnight, the first moment after the gap; where midnight happens twice,
    /// the first of the two.
    /// </summary>
    public DateTimeOffset StartOf(DateOnly day)
    {
        var local = day.ToDateTime(TimeOnly.MinValue);
        while (_zone.IsInvalidTime(local))
        {
            local += GapStep;
        }

        var offset = _zone.IsAmbiguousTime(local) ? _zone.GetAmbiguousTimeOffsets(local).Max() : _zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }
}
