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

/// <summary>An item that this replica has claimed.</summary>
/// <param name="Tries">Before this one.</param>
internal sealed record ClaimedItem(Guid BatchId, int Position, string KeyId, CallLabels Labels, string Lane, string Path, byte[] Body, int Tries);

/// <summary>An item that has ended.</summary>
internal sealed record ItemResult(int Position, string CustomId, ItemState State, int Status, byte[] Answer, string AttemptId);
