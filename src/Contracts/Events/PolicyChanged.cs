namespace Platform.Contracts.Events;

/// <summary>A version of the routing policy came into force. In the transaction that made it. Published by Routing from its outbox.</summary>
/// <param name="EventId">The event's identity.</param>
/// <param name="Version">Counts the versions from 1; a roll-back is a new one.</param>
/// <param name="Actor">Key id of who applied it.</param>
/// <param name="Description">Why, in the actor's words; empty when nothing was said.</param>
/// <param name="Changes">What it changed against the version before; never empty.</param>
public sealed record PolicyChanged(
    Guid EventId,
    long Version,
    string Actor,
    DateTimeOffset OccurredAt,
    string Description,
    IReadOnlyList<PolicyChangeItem> Changes);

/// <param name="Kind">provider, target, model, lane, rule or limit.</param>
/// <param name="Change">added, changed, removed or moved (of a rule: its place).</param>
/// <param name="Detail">For people: the fields with their old and new values.</param>
public sealed record PolicyChangeItem(string Kind, string Name, string Change, string Detail);
