using Grpc.Core;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.Forecast.Controls;
using Platform.ServiceDefaults.Identity;

namespace Platform.Forecast.Layers;

/// <summary>The layered forecast on the wire.</summary>
internal sealed class LayersService(GetLayers getLayers, PlanAllocation planAllocation, ListControls listControls) : Contracts.Forecast.V1.Layers.LayersBase
{
    [RequireRole(Role.Viewer)]
    public override Task<LayeredForecast> GetLayers(GetLayersRequest request, ServerCallContext context) => getLayers.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<AllocationPlan> PlanAllocation(PlanAllocationRequest request, ServerCallContext context) => planAllocation.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<ListControlsResponse> ListControls(ListControlsRequest request, ServerCallContext context) =>
        listControls.RunAsync(request, context.CancellationToken);
}
