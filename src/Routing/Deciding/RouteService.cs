using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Policies;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Deciding;

/// <summary>gRPC: attempts that platforms make themselves, decided, funded and recorded here.</summary>
internal sealed class RouteService(RoutingTableReplica policy, DecideCall decide, ReportAttempt report) : Contracts.Routing.V1.Route.RouteBase
{
    [RequireRole(Role.Inference)]
    public override Task<DecideResponse> Decide(DecideRequest request, ServerCallContext context) =>
        decide.RunAsync(policy.Current, request, context.GetCaller(), context.CancellationToken);

    [RequireRole(Role.Inference)]
    public override Task<MarkAttemptSentResponse> MarkSent(MarkAttemptSentRequest request, ServerCallContext context)
    {
        report.MarkSent(request.AttemptId, OwnerOf(context));
        return Task.FromResult(new MarkAttemptSentResponse());
    }

    [RequireRole(Role.Inference)]
    public override Task<ReportAttemptResponse> Report(ReportAttemptRequest request, ServerCallContext context) =>
        Task.FromResult(new ReportAttemptResponse { CostNanos = report.Report(request, OwnerOf(context)) });

    [RequireRole(Role.Inference)]
    public override Task<ReleaseAttemptResponse> Release(ReleaseAttemptRequest request, ServerCallContext context)
    {
        report.Release(request, OwnerOf(context));
        return Task.FromResult(new ReleaseAttemptResponse());
    }

    /// <summary>Whose attempts the caller may end: null for a service, which acts for all teams.</summary>
    private static string? OwnerOf(ServerCallContext context) => context.GetCaller() switch
    {
        { Role: Role.Gateway } => null,
        { Role: Role.Inference } team => team.TeamId,
        _ => throw RpcErrors.Create(StatusCode.PermissionDenied, Reasons.RoleMissing, "Use a team's inference key, or a service's."),
    };
}
