using Google.Protobuf.WellKnownTypes;

namespace Platform.Contracts;

/// <summary>
/// Moments at microsecond precision, which is what PostgreSQL keeps: a moment reads back as it was written, in every leg of a reconciliation.
/// </summary>
public static class Timestamps
{
    /// <summary>The moment in UTC, cut (not rounded) to microseconds.</summary>
    public static DateTimeOffset TruncateToMicroseconds(this DateTimeOffset moment) =>
        new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    public static Timestamp ToTimestampUtc(this DateTimeOffset moment) => Timestamp.FromDateTimeOffset(moment.ToUniversalTime());

    public static Timestamp? ToTimestampUtc(this DateTimeOffset? moment) => moment?.ToTimestampUtc();

    /// <summary>Null for an absent field.</summary>
    public static DateTimeOffset? ToMoment(this Timestamp? timestamp) => timestamp?.ToDateTimeOffset();
}
