using Platform.Contracts;

namespace Platform.Wallet.Ledger;

/// <summary>Calendar months of a time zone as moments. Half open: a month ends where the next begins.</summary>
internal sealed class BillingCalendar
{
    private static readonly TimeSpan GapStep = TimeSpan.FromMinutes(15);
    private readonly TimeZoneInfo _zone;

    private BillingCalendar(TimeZoneInfo zone) => _zone = zone;

    /// <summary>IANA name.</summary>
    public string TimeZone => _zone.Id;

    /// <summary>The calendar of a zone by its IANA name; empty means UTC.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static BillingCalendar Require(string timeZone)
    {
        if (timeZone.Length == 0 || timeZone == TimeZoneInfo.Utc.Id)
        {
            return new BillingCalendar(TimeZoneInfo.Utc);
        }

        return timeZone.Length <= 100 && TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out var zone) && zone.HasIanaId
            ? new BillingCalendar(zone)
            : throw RpcErrors.InvalidArgument("time_zone is no IANA time zone; use a name such as UTC or Europe/Berlin.");
    }

    /// <summary>The first moment of the calendar month after the one that a moment lies in.</summary>
    public DateTimeOffset NextMonth(DateTimeOffset moment)
    {
        var local = TimeZoneInfo.ConvertTime(moment, _zone);
        return StartOf(new DateOnly(local.Year, local.Month, 1).AddMonths(1));
    }

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
