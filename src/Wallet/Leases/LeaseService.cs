using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;
using LeasesContract = Platform.Contracts.Wallet.V1.Leases;

namespace Platform.Wallet.Leases;

/// <summary>Slices of a wallet for holders that draw in their own memory: each method is an operation of its own.</summary>
internal sealed class LeaseService(
    AcquireLease acquire, ReportLease report, SuspendDraw suspend, CloseLease close, ListLeases list, WatchLeases watch, LeaseStore store, HolderCheck holders,
    IHostApplicationLifetime lifetime)
    : LeasesContract.LeasesBase
{
    [RequireRole(Role.Gateway, OrLeaseHolder = true)]
    public override async Task<AcquireLeaseResponse> Acquire(AcquireLeaseRequest request, ServerCallContext context)
    {
        HolderCheck.Require(request, context.GetCaller());
        var answer = await acquire.RunAsync(request, Actor(context), context.CancellationToken);
        answer.WalletBalanceNanos = HolderCheck.ToldBalance(answer.WalletBalanceNanos, context.GetCaller());
        return answer;
    }

    [RequireRole(Role.Gateway, OrLeaseHolder = true)]
    public override async Task<ReportLeaseResponse> Report(ReportLeaseRequest request, ServerCallContext context)
    {
        await holders.RequireOwnAsync(request.LeaseId, context.GetCaller(), context.CancellationToken);
        var answer = await report.RunAsync(request, Actor(context), context.CancellationToken);
        answer.WalletBalanceNanos = HolderCheck.ToldBalance(answer.WalletBalanceNanos, context.GetCaller());
        return answer;
    }

    [RequireRole(Role.Gateway, OrLeaseHolder = true)]
    public override async Task<HoldResponse> SuspendDraw(SuspendDrawRequest request, ServerCallContext context)
    {
        HolderCheck.Require(request, context.GetCaller());
        await holders.RequireOwnAsync(request.LeaseId, context.GetCaller(), context.CancellationToken);
        return await suspend.RunAsync(request, Actor(context), context.CancellationToken);
    }

    [RequireRole(Role.Gateway, OrLeaseHolder = true)]
    public override async Task<Lease> Close(CloseLeaseRequest request, ServerCallContext context)
    {
        await holders.RequireOwnAsync(request.LeaseId, context.GetCaller(), context.CancellationToken);
        return await close.RunAsync(request, Actor(context), context.CancellationToken);
    }

    [RequireRole(Role.Viewer)]
    public override Task<ListLeasesResponse> ListLeases(ListLeasesRequest request, ServerCallContext context) => list.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override async Task<Lease> GetLease(GetLeaseRequest request, ServerCallContext context)
    {
        var leaseId = Rules.RequireLeaseId(request.LeaseId);
        return (await store.FindAsync(leaseId, context.CancellationToken))?.ToContract() ?? throw ChangeLease.NotFound(leaseId);
    }

    [RequireRole(Role.Gateway, OrLeaseHolder = true)]
    public override async Task Watch(WatchLeasesRequest request, IServerStreamWriter<LeaseNotice> responseStream, ServerCallContext context)
    {
        Rules.Require(Validation.Text("holder", request.Holder, 1, 100));
        HolderCheck.RequireName(request.Holder, context.GetCaller());

        // A stream would otherwise keep the process from stopping; its holder connects again, to another replica.
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await watch.RunAsync(request.Holder, responseStream, ends.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "This replica is stopping; connect again."));
        }
    }

    private static string Actor(ServerCallContext context) => context.GetCaller().KeyId;
}
