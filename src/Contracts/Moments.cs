using Google.Protobuf.WellKnownTypes;

namespace Platform.Contracts;

/// <summary>Moments as callers send them: a protobuf timestamp may be malformed, and years far away are slips.</summary>
public static class Moments
{
    /// <summary>The first usable moment; <see cref="Latest"/> is the first that is not any more.</summary>
    public static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    /// <inheritdoc cref="Earliest"/>
    public static readonly DateTimeOffset Latest = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Whether a calendar's year is one of these.</summary>
    public static bool HasYear(int year) => year >= Earliest.Year && year < Latest.Year;

    /// <summary>Whether it is well formed and lies in these years.</summary>
    public static bool IsUsable(Timestamp timestamp) =>
        timestamp.Nanos is >= 0 and < 1_000_000_000
        && timestamp.Seconds >= Earliest.ToUnixTimeSeconds()
        && timestamp.Seconds < Latest.ToUnixTimeSeconds();

    /// <summary>What to tell a caller of a field that is not usable.</summary>
    public static string Complaint(string name) => $"{name} must be a valid moment of the years {Earliest.Year} to {Latest.Year - 1}.";

    /// <summary>Null for an absent field; cut to microseconds.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static DateTimeOffset? Read(string name, Timestamp? timestamp) => timestamp switch
    {
        null => null,
        _ when IsUsable(timestamp) => timestamp.ToDateTimeOffset().TruncateToMicroseconds(),
        _ => throw RpcErrors.InvalidArgument(Complaint(name)),
    };

    /// <summary>The beginning of the quarter hour, the smallest span that usage is summed over, that a moment lies in.</summary>
    public static DateTimeOffset QuarterHour(DateTimeOffset moment) =>
        new(moment.UtcTicks - (moment.UtcTicks % (15 * TimeSpan.TicksPerMinute)), TimeSpan.Zero);
}
