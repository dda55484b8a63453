using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering.DeniedDemand;

/// <summary>Denied demand on the wire.</summary>
internal sealed class DemandService(QueryDenied queryDenied, TeamDirectory teams) : Demand.DemandBase
{
    [RequireRole(Role.Viewer)]
    public override async Task<QueryDeniedResponse> QueryDenied(QueryDeniedRequest request, ServerCallContext context)
    {
        await teams.RequireAsync(request.Filters, context.CancellationToken);
        return await queryDenied.RunAsync(request, context.CancellationToken);
    }
}
