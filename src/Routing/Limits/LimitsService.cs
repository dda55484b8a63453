using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Routing.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Limits;

/// <summary>Rate limits on the wire.</summary>
internal sealed class LimitsService(ListLimits list) : Contracts.Routing.V1.Limits.LimitsBase
{
    [RequireRole(Role.Viewer)]
    public override Task<ListLimitsResponse> ListLimits(ListLimitsRequest request, ServerCallContext context) => list.RunAsync(request, context.CancellationToken);
}
