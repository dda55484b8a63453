namespace Platform.Contracts.Events;

/// <summary>
/// Attempts of a gateway lie among its dead letters: Metering has refused their usage for good, or Wallet to keep them in suspense, so an operator must look. Once, until the file is put away; then
/// again. Published by Routing from its outbox.
/// </summary>
/// <param name="EventId">The event's identity.</param>
/// <param name="Gateway">Whose dead letters they are.</param>
/// <param name="Records">How many lie there, 1 or more.</param>
public sealed record UsageRefused(Guid EventId, string Gateway, long Records, DateTimeOffset OccurredAt);
