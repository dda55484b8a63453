namespace Platform.Contracts.Events;

/// <summary>
/// A hard limit a calendar period was set, given another amount, or removed. In the transaction of the change, unless neither changes what passes. Published by Wallet
/// from its outbox.
/// </summary>
/// <param name="EventId">The event's identity.</param>
/// <param name="Change">set (also again, after it was removed), changed or removed.</param>
/// <param name="Scope">organisation, team, user or key.</param>
/// <param name="ScopeId">The team, the user or the key (of one that replaced another, the first); empty for the organisation.</param>
/// <param name="TeamId">Whose calls it limits: the team, the key's team, the team that all keys of the user are of. Empty: those of several, or of all.</param>
/// <param name="AmountNanos">Of each period, above 0, in nano-units; of one that was removed what it was.</param>
/// <param name="BeforeNanos">Of one that was changed the amount before; else 0.</param>
/// <param name="Period">day, week, month, quarter or year.</param>
/// <param name="TimeZone">IANA name of the zone whose calendar the periods are of.</param>
/// <param name="Source">Whose cap it is when it is not made by people; else empty.</param>
/// <param name="Description">In the setter's words; may be empty.</param>
/// <param name="Actor">Key id of who changed it, or the service's name.</param>
public sealed record CapChanged(
    Guid EventId,
    string CapId,
    string Change,
    string Scope,
    string ScopeId,
    string TeamId,
    long AmountNanos,
    long BeforeNanos,
    string Currency,
    string Period,
    string TimeZone,
    string Source,
    string Description,
    string Actor,
    DateTimeOffset OccurredAt);
