namespace Platform.Contracts.Events;

/// <summary>
/// People (or a period that ended) moved money into, between or out of wallets. One transfer, one event, in the transfer's transaction. Published by Wallet from
/// its outbox.
/// </summary>
/// <param name="TransferId">The transfer; also the event's identity.</param>
/// <param name="Kind">top_up, allocation, reclaim, transfer, correction or expiry.</param>
/// <param name="From">The wallet that gave; null for money from outside.</param>
/// <param name="To">The wallet that received; null for money that left the platform (a top-up taken back).</param>
/// <param name="AmountNanos">Above 0, in nano-units.</param>
/// <param name="Actor">Key id of who did it, or the service's name.</param>
/// <param name="OccurredAt">When it was due, or asked for.</param>
public sealed record AllocationChanged(
    Guid TransferId,
    string Kind,
    AllocationSide? From,
    AllocationSide? To,
    long AmountNanos,
    string Currency,
    string Actor,
    string Description,
    DateTimeOffset OccurredAt,
    DateTimeOffset RecordedAt);

/// <param name="TeamId">Empty for the organisation's wallet.</param>
/// <param name="AvailableNanos">Of the wallet after this transfer, without what leases hold, in nano-units.</param>
public sealed record AllocationSide(string WalletId, string TeamId, string UserId, string ApplicationId, long AvailableNanos);
