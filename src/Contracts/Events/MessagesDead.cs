namespace Platform.Contracts.Events;

/// <summary>
/// Messages that no try could handle wait for an operator's decision: what they say is missing where it should be. Once a queue and kind of failure, until none of them waits any more; then
/// again. Published by the service that keeps them, from its outbox.
/// </summary>
/// <param name="EventId">The event's identity.</param>
/// <param name="Service">That keeps them: wallet, metering, routing, forecast or export.</param>
/// <param name="Queue">That they were to be handled from; "outbox" for events that could not be published.</param>
/// <param name="MessageType">Of the first of them; empty when it names none.</param>
/// <param name="FailureType">At most 200 characters.</param>
/// <param name="Waiting">How many there are, 1 or more.</param>
/// <param name="FirstDeadId">The first of them, by the service's own number.</param>
public sealed record MessagesDead(
    Guid EventId, string Service, string Queue, string MessageType, string FailureType, long Waiting, long FirstDeadId, DateTimeOffset OccurredAt);
