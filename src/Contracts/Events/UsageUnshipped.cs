namespace Platform.Contracts.Events;

/// <summary>
/// Usage has been waiting in gateways' journals for too long: Metering has not taken it. Once for all gateways, until no journal has old usage any more; then again. Published by Routing from
/// its outbox.
/// </summary>
/// <param name="EventId">The event's identity.</param>
/// <param name="Gateways">Whose journals have old usage; of one that is gone, as it said last.</param>
/// <param name="Attempts">That wait there, old and new.</param>
/// <param name="OldestAt">When the oldest of them ended.</param>
public sealed record UsageUnshipped(Guid EventId, IReadOnlyList<string> Gateways, long Attempts, DateTimeOffset OldestAt, DateTimeOffset OccurredAt);
