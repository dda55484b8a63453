using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Allocations;

/// <summary>When an allocation takes effect, and until when what it brings may be spent. Periods are computed from the calendar, never counted on. Pure.</summary>
internal static class AllocationSchedule
{
    /// <summary>The end of the period that begins at a due moment; null when it has none.</summary>
    public static DateTimeOffset? EndOf(AllocationRow allocation, DateTimeOffset dueAt) => allocation.Recurrence == Recurrence.Monthly
        ? CalendarPeriod.Containing(CalendarUnit.Month, Zone(allocation.TimeZone), dueAt).To
        : allocation.EndsAt;

    /// <summary>The allocation after it took effect for the period that began at its due moment: a monthly one's next period begins where that one ends.</summary>
    public static AllocationRow Advance(AllocationRow allocation)
    {
        var next = allocation.Recurrence == Recurrence.Monthly ? EndOf(allocation, allocation.DueAt!.Value) : null;
        return allocation with
        {
            State = next is null ? AllocationState.Done : AllocationState.Planned,
            DueAt = next,
            WaitingSince = null,
            Missing = 0,
        };
    }

    /// <summary>Whether this machine knows the zone of an allocation that goes by the calendar; it may have been planned on one that knows more.</summary>
    public static bool IsKnown(AllocationRow allocation) => allocation.Recurrence != Recurrence.Monthly || CalendarPeriod.TryFindZone(allocation.TimeZone, out _);

    /// <summary>The zone of an IANA name; empty means UTC.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static TimeZoneInfo Zone(string name) => CalendarPeriod.TryFindZone(name, out var zone)
        ? zone
        : throw RpcErrors.InvalidArgument("time_zone is no IANA time zone; use a name such as UTC or Europe/Berlin.");
}
