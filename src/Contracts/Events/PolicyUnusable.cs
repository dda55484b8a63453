namespace Platform.Contracts.Events;

/// <summary>
/// A gateway cannot serve the newest version of the routing policy, and goes on by an older one; or serves it otherwise than it says. Once a version and what stands instead, whatever the number of replicas. Published by Routing from its
/// outbox.
/// </summary>
/// <param name="EventId">The event's identity: it follows from the two versions.</param>
/// <param name="Version">That cannot be served.</param>
/// <param name="Serving">That stands instead; the same: it is served, but for what <paramref name="Problem"/> names.</param>
/// <param name="Problem">Why, for people.</param>
public sealed record PolicyUnusable(Guid EventId, long Version, long Serving, string Replica, string Problem, DateTimeOffset OccurredAt);
