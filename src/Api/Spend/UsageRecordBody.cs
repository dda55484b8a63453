using System.Text.Json.Serialization;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Spend;

/// <summary>One usage record, flat: who, what, when, why there, and what it cost.</summary>
/// <param name="Cost">Null when the record has no price.</param>
/// <param name="PromptHash">Hexadecimal; empty when unknown.</param>
/// <param name="BookedAt">When it occurred, unless its month was closed before it was recorded.</param>
/// <param name="UndeliveredPpm">Of an answer whose caller left, how many of its bytes came after that, in millionths.</param>
/// <param name="WorkloadRule">The rule that gave it its workload; empty where its teller named it, or nobody did.</param>
/// <param name="Requests">How many calls it counts as: one, or none for a correction and for money without tokens; an imported sum stands for many, and what takes it back for as many less.</param>
/// <param name="ImportId">The import that it came by; empty for none.</param>
/// <param name="PrimaryCost">What the same tokens would have cost at the route's first choice; null when unknown.</param>
/// <param name="DefaultCost">What they would have cost where the model goes by itself; null when unknown.</param>
/// <param name="ShadowRule">The rule in shadow mode that would have taken the call, and beside it the cost there; empty for none.</param>
/// <param name="Mark">overflow: the organisation paid, because the wallet could not cover it; observed: the wallet only observes and would have refused; else empty.</param>
/// <param name="CorrectsRecordId">Set for a correction; empty otherwise.</param>
internal sealed record UsageRecordBody(
    string RecordId, string AttemptId, string CallId, string Funding, DateTimeOffset? OccurredAt, DateTimeOffset? RecordedAt, string Source, string EventId,
    string TeamId, string UserId, string KeyId, string Workload, string Lane, string Provider, string ModelAsked, string Model, TokensBody Tokens,
    Money? Cost, CostBody? CostDetail, string Currency, long PriceId, string Outcome, int AttemptNumber, bool Fallback, long GatewayMs, long FirstTokenMs,
    long TotalMs, string RouteReason, string UpstreamKey, string CorrectsRecordId, IReadOnlyDictionary<string, string> Tags,
    string ServiceTier, string Region, string ApplicationId, string RetryOf, string PromptHash, string RoutePolicy, string Traceparent,
    DateTimeOffset? BookedAt, string WorkloadRule, int UndeliveredPpm, long Requests, string ImportId, Money? PrimaryCost,
    Money? DefaultCost, string ShadowRule, Money? ShadowCost, string Mark)
{
    public static UsageRecordBody From(UsageRecord record)
    {
        var usage = record.Event;
        return new UsageRecordBody(
            record.RecordId, usage.AttemptId, usage.CallId, EnumText.Of(usage.Funding), usage.OccurredAt.ToMoment(), record.RecordedAt.ToMoment(),
            usage.Source, usage.EventId, usage.TeamId, usage.UserId, usage.KeyId, usage.Workload, usage.Lane, usage.Provider, usage.ModelAsked,
            usage.ModelServed, TokensBody.From(usage.Tokens ?? new Tokens()), record.Cost is { } cost ? new Money(cost.TotalNanos) : null,
            record.Cost is { } detail ? CostBody.From(detail) : null, record.Currency, usage.PriceId, EnumText.Of(usage.Outcome), usage.AttemptNumber,
            usage.Fallback, usage.GatewayMs, usage.FirstTokenMs, usage.TotalMs, usage.RouteReason, usage.UpstreamKey, usage.CorrectsRecordId, usage.Tags,
            usage.ServiceTier, usage.Region, usage.ApplicationId, usage.RetryOf, Convert.ToHexStringLower(usage.PromptHash.Span), usage.RoutePolicy, usage.Traceparent,
            record.BookedAt.ToMoment(), record.WorkloadRule, usage.UndeliveredPpm,
            UsageCalls.Of(usage), usage.ImportId,
            usage.HasPrimaryCostNanos ? new Money(usage.PrimaryCostNanos) : null, usage.HasDefaultCostNanos ? new Money(usage.DefaultCostNanos) : null,
            usage.ShadowRule, usage.HasShadowCostNanos ? new Money(usage.ShadowCostNanos) : null, EnumText.Of(usage.Mark));
    }
}

internal sealed record TokensBody(
    long Input, long CachedInput, long CacheWrite, [property: JsonPropertyName("cache_write_1h")] long CacheWriteHour, long Output, long Reasoning)
{
    public static TokensBody From(Tokens tokens) =>
        new(tokens.Input, tokens.CachedInput, tokens.CacheWrite, tokens.CacheWrite1H, tokens.Output, tokens.Reasoning);
}

internal sealed record CostBody(
    Money Input, Money CachedInput, Money CacheWrite, [property: JsonPropertyName("cache_write_1h")] Money CacheWriteHour, Money Output, Money Reasoning,
    Money Request, Money Adjustment)
{
    public static CostBody From(Cost cost) => new(
        new(cost.InputNanos), new(cost.CachedInputNanos), new(cost.CacheWriteNanos), new(cost.CacheWrite1HNanos), new(cost.OutputNanos),
        new(cost.ReasoningNanos), new(cost.RequestNanos), new(cost.AdjustmentNanos));
}
