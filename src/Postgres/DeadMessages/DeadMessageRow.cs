namespace Platform.Postgres.DeadMessages;

internal enum DeadMessageState : short
{
    Dead = 1,
    Replayed = 2,
    Discarded = 3,
}

/// <summary>A message that no try could handle, or an event that could not be published.</summary>
/// <param name="DeadId">0 until it is stored.</param>
/// <param name="Queue">The queue that it was to be handled from, or <see cref="OutboxQueue"/>.</param>
/// <param name="MessageId">Identity by which consumers know it; empty when it carries none.</param>
/// <param name="Body">As it came.</param>
/// <param name="FailedAt">When the last try failed, by the consumer's clock.</param>
internal sealed record DeadMessageRow(
    long DeadId,
    string Queue,
    string MessageId,
    string MessageType,
    string ContentType,
    byte[] Body,
    string FailureType,
    string FailureMessage,
    DateTimeOffset FailedAt,
    DateTimeOffset CollectedAt,
    DeadMessageState State = DeadMessageState.Dead,
    DateTimeOffset? EndedAt = null,
    string EndedBy = "")
{
    /// <summary>In place of a queue's name: the service's own outbox.</summary>
    public const string OutboxQueue = "outbox";
}

/// <summary>Messages of a queue that wait for a decision after the same kind of failure.</summary>
/// <param name="FailureType">At most 200 characters.</param>
/// <param name="MessageType">Of the first of them.</param>
internal sealed record WaitingMessages(string Queue, string FailureType, long Messages, long FirstDeadId, string MessageType);
