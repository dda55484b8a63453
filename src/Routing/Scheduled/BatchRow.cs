using Platform.Routing.Calls;

namespace Platform.Routing.Scheduled;

/// <summary>A batch as people see it.</summary>
internal sealed record BatchRow(
    Guid BatchId, string TeamId, string KeyId, CallLabels Labels, string Lane, string Name, int Items, DateTimeOffset CreatedAt, DateTimeOffset? CancelledAt,
    DateTimeOffset? EndedAt, BatchCounts Counts);

internal readonly record struct BatchCounts(int Waiting, int Running, int Succeeded, int Failed, int Unknown, int Cancelled);

/// <summary>What is to be kept of a new batch, but for its items.</summary>
/// <param name="IsTold">Its team's alert channels are to hear of its end.</param>
internal sealed record NewBatch(Guid BatchId, string TeamId, string KeyId, CallLabels Labels, string Lane, string Name, DateTimeOffset CreatedAt, bool IsTold = false);

/// <summary>What stands under an idempotency key: the hash of what was sent as its items, and what was asked beside them.</summary>
internal sealed record KeptBatch(byte[] Sha256, CallLabels Labels, string Lane, string Name, bool IsTold)
{
    /// <summary>True when all but its items is as asked for now.</summary>
    public bool IsAskedAs(NewBatch batch) =>
        (Labels.Workload, Lane, Name, IsTold) == (batch.Labels.Workload, batch.Lane, batch.Name, batch.IsTold)
        && Labels.Tags.Count == batch.Labels.Tags.Count && Labels.Tags.All(tag => batch.Labels.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value);
}

/// <summary>An item that this replica has claimed.</summary>
/// <param name="Tries">Before this one.</param>
internal sealed record ClaimedItem(Guid BatchId, int Position, string KeyId, CallLabels Labels, string Lane, string Path, byte[] Body, int Tries);

/// <summary>An item that has ended.</summary>
internal sealed record ItemResult(int Position, string CustomId, ItemState State, int Status, byte[] Answer, string AttemptId);
