using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;
using ControlsContract = Platform.Contracts.Wallet.V1.Controls;

namespace Platform.Wallet.Controls;

/// <summary>What people decide about wallets beside moving money: each method is an operation of its own.</summary>
internal sealed class ControlsService(ChangeWalletPolicy policy, SetCap setCap, ListCaps listCaps, RemoveCap removeCap) : ControlsContract.ControlsBase
{
    [RequireRole(Role.Admin)]
    public override Task<WalletView> SetWalletPolicy(SetWalletPolicyRequest request, ServerCallContext context) =>
        policy.SetAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.Admin)]
    public override Task<WalletView> FreezeWallet(FreezeWalletRequest request, ServerCallContext context) =>
        policy.FreezeAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.Admin)]
    public override Task<WalletView> UnfreezeWallet(UnfreezeWalletRequest request, ServerCallContext context) =>
        policy.UnfreezeAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.BillingAdmin, OrGateway = true)]
    public override Task<Cap> SetCap(SetCapRequest request, ServerCallContext context) => setCap.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<ListCapsResponse> ListCaps(ListCapsRequest request, ServerCallContext context) =>
        listCaps.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.BillingAdmin, OrGateway = true)]
    public override Task<Cap> RemoveCap(RemoveCapRequest request, ServerCallContext context) =>
        removeCap.RunAsync(request, Actor(context), context.CancellationToken);

    private static string Actor(ServerCallContext context) => context.GetCaller().KeyId;
}
