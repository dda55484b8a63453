using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering.Waste;

/// <summary>The waste report on the wire.</summary>
internal sealed class WasteService(GetWaste getWaste, GetWasteParts getWasteParts) : Contracts.Metering.V1.Waste.WasteBase
{
    [RequireRole(Role.Viewer)]
    public override Task<WasteReport> GetWaste(GetWasteRequest request, ServerCallContext context) => getWaste.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<GetWastePartsResponse> GetWasteParts(GetWastePartsRequest request, ServerCallContext context) =>
        getWasteParts.RunAsync(request, context.CancellationToken);
}
