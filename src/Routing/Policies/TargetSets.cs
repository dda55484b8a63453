using System.Collections.Frozen;
using Google.Protobuf.Collections;
using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Policies;

/// <summary>Resolves target sets, with what they leave unsaid.</summary>
internal sealed class TargetSets(FrozenDictionary<string, RouteTarget> targets)
{
    private const int DefaultAttempts = 3;
    private const int DefaultBudgetPercent = 20;
    private const int DefaultBackoffMs = 200;
    private const int DefaultWeight = 1;

    public RouteSet Resolve(string name, TargetSet set) => new(
        name, set.Strategy.Length == 0 ? Strategy.Ordered : PolicyNames.Strategies[set.Strategy],
        [.. set.Targets.Select(choice => new WeightedTarget(targets[choice.Target], choice.HasWeight ? choice.Weight : DefaultWeight))],
        ToFailover(set.Failover ?? new Failover()));

    private static RouteFailover ToFailover(Failover failover) => new(
        Read(failover.RetryOn, PolicyNames.Retries, FailureKinds.Connection),
        Read(failover.FallbackOn, PolicyNames.Fallbacks, FailureKinds.RateLimit | FailureKinds.ServerError | FailureKinds.Connection | FailureKinds.Misconfigured | FailureKinds.StreamError),
        failover.MaxAttempts == 0 ? DefaultAttempts : failover.MaxAttempts,
        failover.HasRetryBudgetPercent ? failover.RetryBudgetPercent : DefaultBudgetPercent,
        TimeSpan.FromMilliseconds(failover.BackoffMs == 0 ? DefaultBackoffMs : failover.BackoffMs));

    private static FailureKinds Read(RepeatedField<string> kinds, IReadOnlyDictionary<string, FailureKinds> names, FailureKinds unsaid) =>
        kinds.Count == 0 ? unsaid : kinds.Aggregate(FailureKinds.None, (all, kind) => all | names.GetValueOrDefault(kind) | PolicyNames.OtherFailureNames.GetValueOrDefault(kind));
}
