using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering.DeniedDemand;

/// <summary>Denied demand on the wire.</summary>
internal sealed class DemandService(QueryDenied queryDenied) : Demand.DemandBase
{
    [RequireRole(Role.Viewer)]
    public override Task<QueryDeniedResponse> QueryDenied(QueryDeniedRequest request, ServerCallContext context) =>
        queryDenied.RunAsync(request, context.CancellationToken);
}
