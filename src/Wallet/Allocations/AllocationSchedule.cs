using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Allocations;

/// <summary>When an allocation takes effect, and until when what it brings may be spent. Periods are computed from the calendar, never counted on. Pure.</summary>
internal static class AllocationSchedule
{
    /// <summary>The end of the period that begins at a due moment; null when it has none.</summary>
    public static DateTimeOffset? EndOf(AllocationRow allocation, DateTimeOffset dueAt) => allocation.Recurrence == Recurrence.Monthly
        ? BillingCalendar.Require(allocation.TimeZone).NextMonth(dueAt)
        : allocation.EndsAt;

    /// <summary>The allocation after it took effect for the period that began at its due moment.</summary>
    public static AllocationRow Advance(AllocationRow allocation)
    {
        var next = allocation.Recurrence == Recurrence.Monthly
            ? BillingCalendar.Require(allocation.TimeZone).NextMonth(allocation.DueAt!.Value)
            : (DateTimeOffset?)null;
        return allocation with
        {
            State = next is null ? AllocationState.Done : AllocationState.Planned,
            DueAt = next,
            WaitingSince = null,
            Missing = 0,
        };
    }
}
