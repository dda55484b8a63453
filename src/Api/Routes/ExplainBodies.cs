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
internal sealed record ExplainInput(
    string? Model, string? Shape, string? Lane, string? Workload, string? TeamId, long? InputTokens, long? InputBytes, long? MaxOutputTokens, string? WalletStatus,
    int? Images = null);

/// <param name="LaneAsked">Before rules.</param>
/// <param name="Lane">Where it runs.</param>
/// <param name="WalletStatus">As the rules take it; empty when it is not known.</param>
/// <param name="InputTokens">As rules and strategies estimate them.</param>
/// <param name="Rules">In order.</param>
/// <param name="Lanes">The lane where it runs first, then the others.</param>
internal sealed record ExplainBody(
    long PolicyVersion, string Model, string LaneAsked, string Lane, string WalletStatus, long InputTokens, string Currency, IReadOnlyList<ExplainedRuleBody> Rules,
    IReadOnlyList<ExplainedLaneBody> Lanes)
{
    public static ExplainBody From(ExplainRouteResponse answer) => new(
        answer.PolicyVersion, answer.Model, answer.LaneAsked, answer.Lane, answer.WalletStatus, answer.InputTokens, answer.Currency,
        [.. answer.Rules.Select(rule => new ExplainedRuleBody(rule.Name, rule.Mode, rule.Lane, rule.Outcome, rule.Detail))],
        [.. answer.Lanes.Select(lane => new ExplainedLaneBody(lane.Lane, lane.Set, lane.Strategy, [.. lane.Candidates.Select(ExplainedTargetBody.From)]))]);
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
