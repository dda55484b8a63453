using Platform.Contracts;
using Platform.Contracts.Routing.V1;

namespace Platform.Api.Routes;

/// <param name="Replica">The gateway that answers: each judges by its own calls and probes.</param>
internal sealed record RouteTargetsBody(string Replica, IReadOnlyList<RouteTargetBody> Targets)
{
    public static RouteTargetsBody From(ListTargetsResponse answer) => new(answer.Replica, [.. answer.Targets.Select(RouteTargetBody.From)]);
}

internal sealed record RouteTargetBody(
    string Name, string Provider, string Model, string State, long ReopensInMs, int Failures, int WindowAttempts, int WindowFailures, long FirstTokenMs,
    int OpenAttempts, string LastFailure, DateTimeOffset? LastFailureAt)
{
    public static RouteTargetBody From(TargetStatus target) => new(
        target.Name, target.Provider, target.Model, NameOf(target.State), target.ReopensInMs, target.Failures, target.WindowAttempts, target.WindowFailures,
        target.FirstTokenMs, target.OpenAttempts, target.LastFailure, target.LastFailureAt?.ToDateTimeOffset());

    private static string NameOf(TargetCondition state) => state switch
    {
        TargetCondition.Closed => "closed",
        TargetCondition.HalfOpen => "half_open",
        TargetCondition.Open => "open",
        TargetCondition.Resting => "resting",
        TargetCondition.ProviderDown => "provider_down",
        TargetCondition.NotSetUp => "not_set_up",
        TargetCondition.Unspecified => "",
    };
}
