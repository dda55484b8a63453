namespace Platform.Contracts.Events;

/// <summary>
/// Nothing of what was put in is left in a wallet, not even set aside for calls; or a call was refused, observed or charged elsewhere for lack of funds while what
/// could be taken was below the wallet's first low-balance level (20 % where it has none): a call that is too large for a full wallet exhausts nothing. Once, until
/// people put money in, or until what returned lifts what can be taken to one and a quarter of the lowest level; of refusals, while something is left, not again within an hour. Published by Wallet from its outbox.
/// </summary>
/// <param name="EventId">The event's identity.</param>
/// <param name="TeamId">Empty for the organisation's wallet.</param>
/// <param name="UserId">Set for a user's wallet.</param>
/// <param name="ApplicationId">Set for an application's wallet.</param>
/// <param name="AvailableNanos">Available and undrawn in leases, in nano-units: 0, or too little for a call.</param>
/// <param name="PutInNanos">What was left when people last put money in, without what they moved on since, in nano-units.</param>
/// <param name="SetAsideNanos">Held for calls that are under way, in nano-units: it is spent or returned. Not what leases have drawn for calls that have ended.</param>
public sealed record WalletExhausted(
    Guid EventId,
    string WalletId,
    string TeamId,
    string UserId,
    string ApplicationId,
    long AvailableNanos,
    long PutInNanos,
    string Currency,
    DateTimeOffset OccurredAt,
    long SetAsideNanos = 0);
