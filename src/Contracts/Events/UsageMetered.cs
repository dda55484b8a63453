using System.Text.Json.Serialization;

namespace Platform.Contracts.Events;

/// <summary>
/// Usage was recorded and rated. A batch, because single confirmed messages cost thousands of times more; Wallet posts every item once, Forecast
/// adds every item to its series once. Published by Metering from its outbox.
/// </summary>
/// <param name="BatchId">Identity of the message; consumers' inboxes know it by this.</param>
[JsonConverter(typeof(UsageMeteredJson))]
public sealed record UsageMetered(Guid BatchId, IReadOnlyList<UsageMeteredItem> Items);

/// <param name="RecordId">The usage record; the posting's identity.</param>
/// <param name="AttemptId">The attempt, and the id of its hold when funded by one.</param>
/// <param name="Funding">leased, external or history.</param>
/// <param name="CostNanos">Rated cost in nano-units; null while unpriced. Negative for a correction downwards.</param>
/// <param name="Traceparent">W3C traceparent of the attempt's span; null when there is none.</param>
/// <param name="CorrectsRecordId">Set for corrections.</param>
/// <param name="LeaseId">The lease that the attempt was drawn from; null for a direct hold.</param>
/// <param name="BoundNanos">What was set aside for the attempt in its lease; 0 for a direct hold.</param>
/// <param name="UserId">Empty when unknown.</param>
/// <param name="ApplicationId">Empty when unknown.</param>
/// <param name="BookedAt">When finance books it, where its own month was closed before it was recorded; null: when it occurred.</param>
/// <param name="Calls">How many calls it adds, where that is not the usual: an import's record may stand for many, and what takes it back for as many less. Null: one, or none
/// for a correction. 0 without a record that it corrects: money without tokens.</param>
/// <param name="PrimaryCostNanos">What the same tokens would have cost at the first choice of the route that ran; null when unknown. Never of a correction, as the next three.</param>
/// <param name="DefaultCostNanos">What they would have cost where the model goes by itself, without a rule or a lane that the caller named; null when unknown.</param>
/// <param name="ShadowRule">The right-sizing rule in shadow mode that would have taken the call; empty for none.</param>
/// <param name="ShadowCostNanos">What they would have cost there; null when unknown.</param>
/// <param name="AwaitsRecord">True for a correction of what was charged before: it is charged behind the first record of its attempt. False for one that brings its
/// record's first price, and from versions that did not say.</param>
/// <param name="PricedCalls">Of a correction that brings its record's first price, how many calls that record counts: they were told before without a cost, and have one with this.
/// Else 0, and from versions that did not say.</param>
public sealed record UsageMeteredItem(
    Guid RecordId,
    Guid AttemptId,
    string Funding,
    string TeamId,
    string Workload,
    string Lane,
    string Provider,
    string Model,
    long? CostNanos,
    string Currency,
    long InputTokens,
    long OutputTokens,
    bool Fallback,
    DateTimeOffset OccurredAt,
    DateTimeOffset RecordedAt,
    string? Traceparent,
    Guid? CorrectsRecordId,
    Guid? LeaseId = null,
    long BoundNanos = 0,
    string UserId = "",
    string ApplicationId = "",
    DateTimeOffset? BookedAt = null,
    long? Calls = null,
    long? PrimaryCostNanos = null,
    long? DefaultCostNanos = null,
    string ShadowRule = "",
    long? ShadowCostNanos = null,
    bool AwaitsRecord = false,
    long PricedCalls = 0)
{
    /// <summary>True for money without tokens, such as a credit note: it is no call, and says nothing of what calls cost.</summary>
    [JsonIgnore]
    public bool IsAdjustment => Calls == 0 && CorrectsRecordId is null;
}

/// <summary>The values of <see cref="UsageMeteredItem.Funding"/>.</summary>
public static class FundingClass
{
    public const string Leased = "leased";
    public const string External = "external";
    public const string History = "history";
}
