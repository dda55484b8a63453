using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering.Waste;

/// <summary>The waste report on the wire.</summary>
internal sealed class WasteService(GetWaste getWaste, GetWasteParts getWasteParts, GetShadowRules getShadowRules, TeamDirectory teams) : Contracts.Metering.V1.Waste.WasteBase
{
    [RequireRole(Role.Viewer)]
    public override async Task<WasteReport> GetWaste(GetWasteRequest request, ServerCallContext context)
    {
        await teams.RequireAsync(request.Filters, context.CancellationToken);
        return await getWaste.RunAsync(request, context.CancellationToken);
    }

    [RequireRole(Role.Viewer)]
    public override Task<GetWastePartsResponse> GetWasteParts(GetWastePartsRequest request, ServerCallContext context) =>
        getWasteParts.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<GetShadowRulesResponse> GetShadowRules(GetShadowRulesRequest request, ServerCallContext context) =>
        getShadowRules.RunAsync(request, context.CancellationToken);
}
