using Google.Protobuf.WellKnownTypes;
using Platform.Contracts;
using Platform.Metering.Queries;

namespace Platform.Metering.Waste;

/// <summary>Half open, whole days of UTC.</summary>
internal sealed record WasteRange(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<SpendCondition> Conditions)
{
    private const int DefaultDays = 7;
    private const int MaxDays = 31;

    /// <param name="from">Absent: seven days before the end.</param>
    /// <param name="to">Absent: with today.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static WasteRange Read(Timestamp? from, Timestamp? to, IReadOnlyList<SpendCondition> conditions, DateTimeOffset now)
    {
        var end = Moments.Read("to", to) is { } given ? Day(given) : Day(now).AddDays(1);
        var begin = Moments.Read("from", from) is { } first ? Day(first) : end.AddDays(-DefaultDays);
        return begin < end && end - begin <= TimeSpan.FromDays(MaxDays)
            ? new WasteRange(begin, end, conditions)
            : throw RpcErrors.InvalidArgument($"The range must be 1 to {MaxDays} days; from and to are rounded down to days of UTC.");
    }

    /// <summary>The records that it is about.</summary>
    public UsageWindow Window => new(From, To, ByBooked: false);

    private static DateTimeOffset Day(DateTimeOffset moment) => new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerDay), TimeSpan.Zero);
}
