namespace Platform.Contracts.Events;

/// <summary>
/// A lease's money went to suspense, because its holder is silent or cannot prove what it has not drawn: usage of a gateway may be unposted. It waits for the holder or for
/// an operator. Once each time that it goes there, in the transaction. Published by Wallet from its outbox.
/// </summary>
/// <param name="EventId">The event's identity.</param>
/// <param name="Holder">The gateway replica.</param>
/// <param name="TeamId">Whose calls it was for.</param>
/// <param name="AmountNanos">In suspense, 0 or more, in nano-units.</param>
/// <param name="Reason">For people.</param>
public sealed record LeaseSuspended(
    Guid EventId,
    Guid LeaseId,
    string Holder,
    string WalletId,
    string TeamId,
    long AmountNanos,
    string Currency,
    string Reason,
    DateTimeOffset OccurredAt);
