namespace Platform.Contracts.Events;

/// <summary>
/// What is left in a wallet, money that is set aside for calls included, fell below one of its low-balance levels. Once a crossing and level, in the transaction of
/// the movement that crosses: the level is armed again when people put money in and what is left is no longer below it, or when one and a quarter of it can be
/// taken again. Published by Wallet from its outbox.
/// </summary>
/// <param name="EventId">The event's identity.</param>
/// <param name="TeamId">Empty for the organisation's wallet.</param>
/// <param name="UserId">Set for a user's wallet.</param>
/// <param name="ApplicationId">Set for an application's wallet.</param>
/// <param name="LevelPercent">The level, 1 to 100.</param>
/// <param name="AvailableNanos">Available and undrawn in leases, in nano-units: with SetAsideNanos less than LevelPercent of PutInNanos.</param>
/// <param name="PutInNanos">What the level is a part of: what was left when people last put money in, without what they moved on since, in nano-units.</param>
/// <param name="SetAsideNanos">Held for calls that are under way, in nano-units: it is spent or returned. Not what leases have drawn for calls that have ended.</param>
public sealed record WalletLow(
    Guid EventId,
    string WalletId,
    string TeamId,
    string UserId,
    string ApplicationId,
    int LevelPercent,
    long AvailableNanos,
    long PutInNanos,
    string Currency,
    DateTimeOffset OccurredAt,
    long SetAsideNanos = 0);
