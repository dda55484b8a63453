using Grpc.Core;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Forecast.Planning;

/// <summary>Planned demand on the wire.</summary>
internal sealed class PlanService(ListPlan list, ChangePlan change) : Plan.PlanBase
{
    [RequireRole(Role.Editor)]
    public override Task<PlanItemView> SetItem(SetItemRequest request, ServerCallContext context) =>
        change.SetAsync(request, context.GetCaller().KeyId, context.CancellationToken);

    [RequireRole(Role.Editor)]
    public override Task<PlanItemView> RemoveItem(RemoveItemRequest request, ServerCallContext context) =>
        change.RemoveAsync(request, context.GetCaller().KeyId, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<ListItemsResponse> ListItems(ListItemsRequest request, ServerCallContext context) => list.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Editor)]
    public override Task<ImportItemsResponse> ImportItems(ImportItemsRequest request, ServerCallContext context) =>
        change.ImportAsync(request, context.GetCaller().KeyId, context.CancellationToken);
}
