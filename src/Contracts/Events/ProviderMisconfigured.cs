namespace Platform.Contracts.Events;

/// <summary>
/// A provider refuses the gateway's key, or knows no such model: calls go to other targets, or fail, until somebody sets it right. Once a UTC day, target and reason. Published by
/// Routing from its outbox.
/// </summary>
/// <param name="EventId">The event's identity: it follows from target, team, reason and day.</param>
/// <param name="Model">What the provider was asked for.</param>
/// <param name="TeamId">Whose own key was refused; empty for the provider's key for all.</param>
/// <param name="Reason">What the provider did, as "refused the gateway's key (401)".</param>
public sealed record ProviderMisconfigured(Guid EventId, string Provider, string Target, string Model, string TeamId, string Reason, DateTimeOffset OccurredAt);
