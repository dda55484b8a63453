using System.ComponentModel.DataAnnotations;
using Platform.Contracts;
using Platform.Contracts.Routing.V1;

namespace Platform.Api.Routes;

/// <param name="Model">A public name or an alias.</param>
/// <param name="Shape">chat (also when absent), messages or embeddings.</param>
/// <param name="Lane">That the caller would ask for; absent: the model's own.</param>
/// <param name="InputTokens">About so many; instead of input_bytes. Absent: 1,000.</param>
/// <param name="InputBytes">Of the body.</param>
/// <param name="MaxOutputTokens">The caller's output cap; absent: none.</param>
/// <param name="WalletStatus">healthy, low or depleted; absent: as the gateway knows the team's wallet.</param>
/// <param name="Images">How many it has; absent: none.</param>
/// <param name="KeyId">Of the key that calls: team, user and workload are its own where they are absent, and its rate limits are told.</param>
/// <param name="UserId">Whose rate limits are told; absent: the key's user's.</param>
internal sealed record ExplainInput(
    [property: Required] string? Model = null, string? Shape = null, string? Lane = null, string? Workload = null, string? TeamId = null, long? InputTokens = null, long? InputBytes = null,
    long? MaxOutputTokens = null, string? WalletStatus = null, int? Images = null, string? KeyId = null, string? UserId = null);

/// <param name="LaneAsked">Before rules.</param>
/// <param name="Lane">Where it runs.</param>
/// <param name="WalletStatus">As the rules take it; empty when it is not known.</param>
/// <param name="InputTokens">As rules and strategies estimate them.</param>
/// <param name="Rules">In order.</param>
/// <param name="Lanes">The lane where it runs first, then the others.</param>
/// <param name="LimitsOutcome">passes, waits, refused, too_large or unknown: as all limits but those of providers let it pass now; passes where there is none.</param>
/// <param name="Limits">In the order in which calls draw, those of the lane's providers last.</param>
/// <param name="RefusalCode">Of a key that was named: the error code by which the gateway refuses such a call of it before all else; empty where it does not.</param>
/// <param name="Refusal">What its caller would be told.</param>
internal sealed record ExplainBody(
    long PolicyVersion, string Model, string LaneAsked, string Lane, string WalletStatus, long InputTokens, string Currency, IReadOnlyList<ExplainedRuleBody> Rules,
    IReadOnlyList<ExplainedLaneBody> Lanes, string LimitsOutcome, IReadOnlyList<ExplainedLimitBody> Limits, string RefusalCode, string Refusal)
{
    public static ExplainBody From(ExplainRouteResponse answer) => new(
        answer.PolicyVersion, answer.Model, answer.LaneAsked, answer.Lane, answer.WalletStatus, answer.InputTokens, answer.Currency,
        [.. answer.Rules.Select(rule => new ExplainedRuleBody(rule.Name, rule.Mode, rule.Lane, rule.Outcome, rule.Detail))],
        [.. answer.Lanes.Select(lane => new ExplainedLaneBody(lane.Lane, lane.Set, lane.Strategy, [.. lane.Candidates.Select(ExplainedTargetBody.From)]))],
        answer.LimitsOutcome, [.. answer.Limits.Select(ExplainedLimitBody.From)], answer.RefusalCode, answer.Refusal);
}

/// <param name="Scope">key, user, team, model, lane, provider or global.</param>
/// <param name="Subject">Empty for global, and where nobody said whose call it is.</param>
/// <param name="Measure">requests_per_minute, tokens_per_minute, requests_per_day, tokens_per_day or parallel_requests.</param>
/// <param name="Needs">What the call would draw of it.</param>
/// <param name="Used">Used, or set aside by other gateways for calls to come; null when it is not known.</param>
/// <param name="Room">What calls may draw now; null when it is not known.</param>
/// <param name="Outcome">passes, waits, refused, too_large or unknown.</param>
/// <param name="RoomInMs">Until there is room for it at the latest, if nothing else comes; null where there is, and where nobody knows.</param>
/// <param name="QueueMs">How long the limit lets a call wait.</param>
internal sealed record ExplainedLimitBody(
    string Limit, string Scope, string Subject, string Measure, long Most, long Needs, long? Used, long? Room, string Outcome, long? RoomInMs, long QueueMs, string Detail)
{
    public static ExplainedLimitBody From(LimitExplanation limit) => new(
        limit.Limit, limit.Scope, limit.Subject, limit.Measure, limit.Most, limit.Needs, limit.HasUsed ? limit.Used : null, limit.HasRoom ? limit.Room : null, limit.Outcome,
        limit.RoomInMs > 0 ? limit.RoomInMs : null, limit.QueueMs, limit.Detail);
}

/// <param name="Outcome">decides, would_decide (in shadow mode), behind (another has decided) or no_match.</param>
internal sealed record ExplainedRuleBody(string Name, string Mode, string Lane, string Outcome, string Detail);

/// <param name="Set">The target set: model/NAME, model/NAME/LANE or lane/NAME.</param>
internal sealed record ExplainedLaneBody(string Lane, string Set, string Strategy, IReadOnlyList<ExplainedTargetBody> Targets);

/// <param name="Place">In the order in which they would be tried, from 1; 0: it would not be tried.</param>
/// <param name="EstimatedCost">Null without a price.</param>
/// <param name="SetAside">The most that it can cost.</param>
internal sealed record ExplainedTargetBody(string Target, int Place, string ServiceTier, string Detail, Money? EstimatedCost, Money? SetAside)
{
    public static ExplainedTargetBody From(CandidateExplanation candidate) => new(
        candidate.Target, candidate.Place, candidate.ServiceTier, candidate.Detail, candidate.HasEstimatedNanos ? new Money(candidate.EstimatedNanos) : null,
        candidate.HasBoundNanos ? new Money(candidate.BoundNanos) : null);
}
