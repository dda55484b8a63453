using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Allocations;

/// <summary>A plan to move money to a wallet from the one above it; of an allocation that was made at once with a period, the record of it.</summary>
/// <param name="EndsAt">Of a single one; null for none and for monthly ones.</param>
/// <param name="AtEnd">Unspecified where there is no end.</param>
/// <param name="DueAt">Null once it is done or cancelled.</param>
/// <param name="Missing">What the wallet above lacked when it was last tried.</param>
internal sealed record AllocationRow(
    Guid AllocationId,
    string WalletId,
    long Amount,
    Recurrence Recurrence,
    string TimeZone,
    DateTimeOffset StartsAt,
    DateTimeOffset? EndsAt,
    PeriodEnd AtEnd,
    AllocationState State,
    DateTimeOffset? DueAt,
    DateTimeOffset? WaitingSince,
    long Missing,
    string Description,
    string Actor,
    DateTimeOffset CreatedAt)
{
    /// <summary>The key that cancelled it; empty where nobody did, or nobody knows.</summary>
    public string CancelledBy { get; init; } = "";

    public DateTimeOffset? CancelledAt { get; init; }

    /// <summary>That it was planned with; null where it was made at once, and the transfer has the key, or where nobody knows.</summary>
    public string? IdempotencyKey { get; init; }

    public bool IsOver => State is AllocationState.Done or AllocationState.Cancelled;

    public Allocation ToContract(string currency) => new()
    {
        AllocationId = AllocationId.ToString(),
        WalletId = WalletId,
        AmountNanos = Amount,
        Currency = currency,
        Recurrence = Recurrence,
        TimeZone = TimeZone,
        StartsAt = StartsAt.ToTimestampUtc(),
        EndsAt = EndsAt.ToTimestampUtc(),
        AtEnd = AtEnd,
        State = State,
        DueAt = DueAt.ToTimestampUtc(),
        WaitingSince = WaitingSince.ToTimestampUtc(),
        MissingNanos = Missing,
        Description = Description,
        Actor = Actor,
        CreatedAt = CreatedAt.ToTimestampUtc(),
        CancelledBy = CancelledBy,
        CancelledAt = CancelledAt.ToTimestampUtc(),
    };
}
