namespace Platform.Contracts.Events;

/// <summary>
/// The last item of a batch has ended whose submitter asked to be told. Published by Routing from its outbox, in the transaction that ends the batch.
/// </summary>
/// <param name="EventId">The event's identity.</param>
/// <param name="Name">For people; empty when it has none.</param>
/// <param name="Unknown">Begun and not known to have ended: they may have been billed.</param>
public sealed record BatchCompleted(
    Guid EventId,
    Guid BatchId,
    string TeamId,
    string KeyId,
    string Name,
    string Lane,
    int Succeeded,
    int Failed,
    int Unknown,
    int Cancelled,
    DateTimeOffset OccurredAt);
