namespace Platform.Contracts.Events;

/// <summary>
/// What a wallet does with calls that it cannot pay, or when it is said to be low, was changed. In the transaction of the change. Freezes are
/// <see cref="FreezeChanged"/>. Published by Wallet from its outbox.
/// </summary>
/// <param name="EventId">The event's identity.</param>
/// <param name="TeamId">Empty for the organisation's wallet.</param>
/// <param name="Changes">What is otherwise than before; never empty.</param>
/// <param name="Actor">Key id of who changed it.</param>
public sealed record WalletPolicyChanged(
    Guid EventId,
    string WalletId,
    string TeamId,
    string UserId,
    string ApplicationId,
    IReadOnlyList<WalletPolicyChangeItem> Changes,
    string Actor,
    DateTimeOffset OccurredAt);

/// <param name="Setting">observe, overflow_to_parent, empty_wait_seconds or low_percents.</param>
/// <param name="Before">For people: true or false, a number, or several, with commas between them; none.</param>
/// <param name="After">As before.</param>
public sealed record WalletPolicyChangeItem(string Setting, string Before, string After);
