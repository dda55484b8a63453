using Platform.Contracts;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Journal;
using Platform.Routing.Policies;

namespace Platform.Routing.Health;

/// <summary>How the targets of the policy in force stand in this replica, for people.</summary>
internal sealed class TargetStandings(RoutingTableReplica policy, TargetBoard board, ReplicaDirectory replica)
{
    public ListTargetsResponse List() => new()
    {
        Replica = replica.Replica,
        Targets = { policy.Current.Targets.Values.OrderBy(target => target.Name, StringComparer.Ordinal).Select(Describe) },
    };

    private TargetStatus Describe(RouteTarget target)
    {
        var state = board.Of(target);
        var standing = state.Stand();
        return new TargetStatus
        {
            Name = target.Name,
            Provider = target.Provider.Name,
            Model = target.Model,
            State = StateOf(target, state.Provider.IsDown, standing),
            ReopensInMs = (long)standing.ReopensIn.TotalMilliseconds,
            Failures = standing.FailuresInARow,
            WindowAttempts = standing.WindowAttempts,
            WindowFailures = standing.WindowFailures,
            FirstTokenMs = (long)Math.Round(standing.FirstTokenMs),
            OpenAttempts = standing.OpenAttempts,
            LastFailure = standing.LastFailure,
            LastFailureAt = standing.LastFailureAt.ToTimestampUtc(),
        };
    }

    private static TargetCondition StateOf(RouteTarget target, bool isProviderDown, TargetStanding standing) =>
        !target.Provider.IsSetUp ? TargetCondition.NotSetUp
        : isProviderDown ? TargetCondition.ProviderDown
        : standing.State switch
        {
            BreakerState.Closed when standing.IsResting => TargetCondition.Resting,
            BreakerState.Closed => TargetCondition.Closed,
            BreakerState.HalfOpen => TargetCondition.HalfOpen,
            BreakerState.Open => TargetCondition.Open,
        };
}
