using Platform.Contracts;

namespace Platform.Metering.Queries;

internal static class TimeZones
{
    /// <summary>
    /// The zone's IANA name; empty means UTC. Checked here, because PostgreSQL reads an unknown name as an offset where it can and answers in silence.
    /// </summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static string Read(string name) => name.Length == 0
        ? "UTC"
        : name.Length <= 100 && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId
            ? zone.Id
            : throw RpcErrors.InvalidArgument("time_zone is no IANA time zone; use a name such as UTC or Europe/Berlin.");
}
