namespace Platform.Contracts.Events;

/// <summary>
/// A wallet spent more than it had: usage that came without a hold, a bill above its bound, or a correction. When its overage rises from zero, in the transaction of
/// the movement, and again whenever it has doubled since, or since money that came in or back repaid a part of it. Published by Wallet from its outbox.
/// </summary>
/// <param name="EventId">The event's identity.</param>
/// <param name="TeamId">Empty for the organisation's wallet.</param>
/// <param name="UserId">Set for a user's wallet.</param>
/// <param name="ApplicationId">Set for an application's wallet.</param>
/// <param name="OverageNanos">Spent beyond funding and not repaid, above 0, in nano-units.</param>
public sealed record WalletOverdrawn(
    Guid EventId,
    string WalletId,
    string TeamId,
    string UserId,
    string ApplicationId,
    long OverageNanos,
    string Currency,
    DateTimeOffset OccurredAt);
