namespace Platform.Contracts.Events;

/// <summary>
/// The verification of the ledger found broken invariants. Its id follows from the UTC day, so that it is one event a day, however often it is found and published, until
/// it is mended. Published by Wallet from its outbox.
/// </summary>
/// <param name="EventId">The event's identity.</param>
/// <param name="Findings">How many there are.</param>
/// <param name="First">The first one, at most 500 characters.</param>
public sealed record LedgerInconsistent(Guid EventId, int Findings, string First, DateTimeOffset OccurredAt);
