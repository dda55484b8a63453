namespace Platform.Contracts.Events;

/// <summary>
/// The calls of a wallet, a team or an inference key were stopped, or may go on. In the transaction of the change; what was so already is none. Published by Wallet from
/// its outbox.
/// </summary>
/// <param name="EventId">The event's identity.</param>
/// <param name="Subject">wallet, team or key.</param>
/// <param name="TeamId">Whose wallet, or key, or the team itself. Empty for the organisation's wallet.</param>
/// <param name="Frozen">False: it was unfrozen.</param>
/// <param name="Description">Why, in the actor's words; empty when nothing was said, and of teams and keys.</param>
/// <param name="Actor">Key id of who did it.</param>
public sealed record FreezeChanged(
    Guid EventId,
    string Subject,
    string SubjectId,
    string TeamId,
    bool Frozen,
    string Description,
    string Actor,
    DateTimeOffset OccurredAt);
