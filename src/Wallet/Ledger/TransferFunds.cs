using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>Moves money between two wallets of which neither is above the other.</summary>
internal sealed class TransferFunds(MoveFunds funds)
{
    private const string Remedy = "Move at most what is available.";

    public Task<Transfer> RunAsync(TransferFundsRequest request, string actor, CancellationToken cancellationToken)
    {
        MoveFunds.Require(request.AmountNanos, request.Description, request.IdempotencyKey);
        Rules.RequireNoNul("from_wallet_id or to_wallet_id", request.FromWalletId, request.ToWalletId);
        Rules.Require(request.FromWalletId == request.ToWalletId ? "from_wallet_id and to_wallet_id are the same wallet." : null);
        return funds.RunAsync(
            "TransferFunds", TransferKind.Transfer, request.IdempotencyKey, request, Transfer.Parser,
            async (transaction, now) =>
            {
                var movement = await LockWithWayAsync(transaction, request.FromWalletId, request.ToWalletId, now, cancellationToken);
                var (from, to) = (movement.Find(request.FromWalletId)!, movement.Find(request.ToWalletId)!);
                Rules.Require(
                    WalletTree.IsAbove(from, to) || WalletTree.IsAbove(to, from)
                        ? "One of the wallets is above the other: use allocate to move money down, reclaim to move it up." : null);
                FundsMovement.RequireCurrency(request.Currency, from);
                FundsMovement.RequireFunds(from, request.AmountNanos, Remedy);
                var details = new TransferDetails(actor, movement.Now, request.Description, IdempotencyKey: request.IdempotencyKey);
                await movement.TakeAsync(from.WalletId, request.AmountNanos, cancellationToken);
                var transfer = movement.Unit.MoveBetween(TransferKind.Transfer, from.WalletId, to.WalletId, request.AmountNanos, details);
                await movement.WriteAsync(cancellationToken);
                return transfer.ToContract(from.WalletId, from.Currency);
            },
            cancellationToken);
    }

    /// <summary>Locks two wallets and those between them in the tree. Where a wallet stands in the tree never changes, so it may be read before it is locked.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (WALLET_NOT_FOUND).</exception>
    internal static async Task<FundsMovement> LockWithWayAsync(
        NpgsqlTransaction transaction, string fromWallet, string toWallet, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var found = await LedgerStore.ReadAsync(transaction, [fromWallet, toWallet], cancellationToken);
        WalletAccounts Require(string walletId) => found.Find(wallet => wallet.WalletId == walletId)
            ?? throw RpcErrors.NotFound(Reasons.WalletNotFound, $"There is no wallet '{walletId}'. List the wallets to see what there is.");
        var way = WalletTree.Count(Require(fromWallet), Require(toWallet), 1).Select(wallet => wallet.WalletId);
        return await FundsMovement.LockAsync(transaction, way.Append(fromWallet).Append(toWallet), now, cancellationToken);
    }
}
