using Platform.Routing.Calls;
using Platform.Routing.Shapes.Messages;

namespace Platform.Routing.Scheduled;

/// <summary>A batch as people see it.</summary>
/// <param name="Windows">In how many it may wait for funds, or for a freeze's end.</param>
/// <param name="UnfundedUntil">The wallet cannot pay, or a freeze holds, and when what waits for that fails; null: neither, as far as is known.</param>
/// <param name="IsFrozen">It is a freeze that it waits for.</param>
internal sealed record BatchRow(
    Guid BatchId, string TeamId, string KeyId, CallLabels Labels, string Lane, string Name, int Items, DateTimeOffset CreatedAt, DateTimeOffset? CancelledAt,
    DateTimeOffset? EndedAt, BatchCounts Counts, int Windows, DateTimeOffset? UnfundedUntil,
    bool IsFrozen = false)
{
    /// <summary>One that nothing of waits any more has all but its end written, which follows within seconds.</summary>
    public string Status => EndedAt is not null ? CancelledAt is null ? "completed" : "cancelled"
        : CancelledAt is not null ? "cancelling"
        : Counts.Running > 0 || Counts.Waiting == 0 ? "in_progress" : "waiting";
}

internal readonly record struct BatchCounts(int Waiting, int Running, int Succeeded, int Failed, int Unknown, int Cancelled);

/// <summary>What is to be kept of a new batch, but for its items.</summary>
/// <param name="IsTold">Its team's alert channels are to hear of its end.</param>
/// <param name="Windows">In how many it may wait for funds.</param>
internal sealed record NewBatch(Guid BatchId, string TeamId, string KeyId, CallLabels Labels, string Lane, string Name, DateTimeOffset CreatedAt, bool IsTold = false, int Windows = 1)
{
    /// <summary>That go to the provider with each of its items.</summary>
    public AnthropicHeaders Headers { get; init; } = AnthropicHeaders.None;
}

/// <summary>How much work that is, or may be.</summary>
/// <param name="Bytes">Of the items' requests.</param>
internal readonly record struct WorkSize(long Items, long Bytes)
{
    public bool Exceeds(WorkSize most) => Items > most.Items || Bytes > most.Bytes;
}

/// <summary>What came of handing a batch in.</summary>
internal enum AddOutcome
{
    Added,

    /// <summary>One of its id was there, and has been deleted with its answers: what its key asked for has run.</summary>
    Deleted,

    /// <summary>There is one of its id.</summary>
    Known,

    /// <summary>Its team would have more waiting than it may.</summary>
    AboveBound,
}

/// <summary>What stands under an idempotency key: the hash of what was sent as its items, and what was asked beside them.</summary>
/// <param name="Headers">Null: it was handed in before they were kept.</param>
internal sealed record KeptBatch(byte[] Sha256, CallLabels Labels, string Lane, string Name, bool IsTold, int Windows, AnthropicHeaders? Headers)
{
    /// <summary>True when all but its items is as asked for now.</summary>
    public bool IsAskedAs(NewBatch batch) =>
        (Labels.Workload, Lane, Name, IsTold, Windows) == (batch.Labels.Workload, batch.Lane, batch.Name, batch.IsTold, batch.Windows) && (Headers is null || Headers == batch.Headers)
        && Labels.Tags.Count == batch.Labels.Tags.Count && Labels.Tags.All(tag => batch.Labels.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value);
}

/// <summary>An item that this replica has claimed.</summary>
/// <param name="Tries">Before this one.</param>
/// <param name="UnfundedTries">Of these, those that the wallet, or a freeze, refused.</param>
/// <param name="Windows">In how many its batch may wait for funds, for a freeze's end, and for who refuses it.</param>
/// <param name="UnfundedUntil">Until when it does; null: it does not.</param>
/// <param name="LimitedTries">Of its tries, those in which nothing was sent, since a rate limit was full.</param>
/// <param name="RefusedUntil">Until when it waits for a provider that refuses it; null: none has.</param>
/// <param name="LimitedSince">Since when a rate limit holds it back; null: none does.</param>
internal sealed record ClaimedItem(
    Guid BatchId, int Position, string KeyId, CallLabels Labels, string Lane, string Path, byte[] Body, int Tries, int UnfundedTries = 0, int Windows = 1,
    DateTimeOffset? UnfundedUntil = null, int LimitedTries = 0, DateTimeOffset? RefusedUntil = null, DateTimeOffset? LimitedSince = null)
{
    /// <summary>Of its batch: the ids of its attempts follow from it.</summary>
    public Guid RunId { get; init; }

    /// <summary>What refused its batch last was a freeze, where anything has.</summary>
    public bool IsOfFreeze { get; init; }

    /// <summary>What it, or its batch, waits for, or has.</summary>
    public WorkWait WaitsFor => UnfundedTries == 0 && UnfundedUntil is null ? WorkWait.None : IsOfFreeze ? WorkWait.Freeze : WorkWait.Funds;

    /// <summary>Those of the request that handed it in.</summary>
    public AnthropicHeaders Headers { get; init; } = AnthropicHeaders.None;
}

/// <summary>What whoever hands work in wants of it, besides what it is.</summary>
/// <param name="IdempotencyKey">Empty: none.</param>
/// <param name="IsTold">Its team's alert channels are to hear of its end.</param>
/// <param name="Windows">In how many it may wait for funds.</param>
internal sealed record BatchWishes(string IdempotencyKey = "", bool IsTold = false, int Windows = 1)
{
    /// <summary>That go to the provider with each of its items.</summary>
    public AnthropicHeaders Headers { get; init; } = AnthropicHeaders.None;
}

/// <summary>An item that has ended.</summary>
internal sealed record ItemResult(int Position, string CustomId, ItemState State, int Status, byte[] Answer, string AttemptId);
