using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;
using AllocationsContract = Platform.Contracts.Wallet.V1.Allocations;

namespace Platform.Wallet.Allocations;

/// <summary>The contract of planned allocations: each method is an operation of its own.</summary>
internal sealed class AllocationsService(PlanAllocation plan, ListAllocations list, CancelAllocation cancel) : AllocationsContract.AllocationsBase
{
    [RequireRole(Role.BillingAdmin)]
    public override Task<Allocation> PlanAllocation(PlanAllocationRequest request, ServerCallContext context) =>
        plan.RunAsync(request, context.GetCaller().KeyId, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<ListAllocationsResponse> ListAllocations(ListAllocationsRequest request, ServerCallContext context) =>
        list.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<Allocation> CancelAllocation(CancelAllocationRequest request, ServerCallContext context) =>
        cancel.RunAsync(request, context.GetCaller().KeyId, context.CancellationToken);
}
