using Platform.Contracts;

namespace Platform.Forecast.Series;

internal static class Calendars
{
    /// <summary>The calendar of a request's time zone, or INVALID_ARGUMENT.</summary>
    public static BillingCalendar Require(string timeZone) => BillingCalendar.Find(timeZone) ?? throw RpcErrors.InvalidArgument(
        $"time_zone '{Validation.Shown(timeZone)}' is not a known IANA name such as Europe/Berlin.");
}
