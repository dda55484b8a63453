using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>Leases that are not ended, by id: all, or those of a holder or on a wallet.</summary>
internal sealed class ListLeases(LeaseStore leases, LedgerStore wallets)
{
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT; NOT_FOUND (WALLET_NOT_FOUND). Holders are no list of anybody's: one that never was has no leases.</exception>
    public async Task<ListLeasesResponse> RunAsync(ListLeasesRequest request, CancellationToken cancellationToken)
    {
        Rules.RequireNoNul("holder or wallet_id", request.Holder, request.WalletId);
        var found = await leases.ListAsync(request.Holder, request.WalletId, cancellationToken);
        if (found.Count == 0 && request.WalletId.Length > 0)
        {
            await wallets.RequireAsync(request.WalletId, cancellationToken);
        }

        return new ListLeasesResponse { Leases = { found.Select(lease => lease.ToContract()) } };
    }
}
