using Google.Protobuf.WellKnownTypes;
using Platform.Contracts;

namespace Platform.Metering;

/// <summary>Moments as callers send them: a protobuf timestamp may be malformed, and years far away are slips.</summary>
internal static class Moments
{
    public static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Latest = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static bool IsUsable(Timestamp timestamp) =>
        timestamp.Nanos is >= 0 and < 1_000_000_000
        && timestamp.Seconds >= Earliest.ToUnixTimeSeconds()
        && timestamp.Seconds < Latest.ToUnixTimeSeconds();

    public static string Complaint(string name) => $"{name} must be a valid moment from {Earliest:yyyy} to {Latest:yyyy}.";

    /// <summary>Null for an absent field; cut to microseconds.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static DateTimeOffset? Read(string name, Timestamp? timestamp) => timestamp switch
    {
        null => null,
        _ when IsUsable(timestamp) => timestamp.ToDateTimeOffset().TruncateToMicroseconds(),
        _ => throw RpcErrors.InvalidArgument(Complaint(name)),
    };

    /// <summary>The quarter hour that a moment lies in.</summary>
    public static DateTimeOffset QuarterHour(DateTimeOffset moment) =>
        new(moment.UtcTicks - (moment.UtcTicks % (15 * TimeSpan.TicksPerMinute)), TimeSpan.Zero);
}
