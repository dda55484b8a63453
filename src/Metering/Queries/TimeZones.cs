using Platform.Contracts;

namespace Platform.Metering.Queries;

internal static class TimeZones
{
    /// <summary>The zone of an IANA name; empty means UTC.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static TimeZoneInfo Read(string name) => CalendarPeriod.TryFindZone(name, out var zone)
        ? zone
        : throw RpcErrors.InvalidArgument("time_zone is no IANA time zone; use a name such as UTC or Europe/Berlin.");
}
