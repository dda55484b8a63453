using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>Moves money one level up, at most what is available. What is set aside for calls can be reclaimed once it is back.</summary>
internal sealed class ReclaimFunds(MoveFunds funds)
{
    private const string Remedy = "Reclaim at most what is available.";

    public Task<Transfer> RunAsync(ReclaimRequest request, string actor, CancellationToken cancellationToken)
    {
        MoveFunds.Require(request.AmountNanos, request.Description, request.IdempotencyKey);
        var owner = WalletOwner.Require(request.TeamId, request.UserId, request.ApplicationId);
        return funds.RunAsync(
            "Reclaim", TransferKind.Reclaim, request.IdempotencyKey, request, Transfer.Parser,
            async (transaction, now) =>
            {
                var movement = await FundsMovement.LockAsync(transaction, [owner.WalletId, owner.ParentId], now, cancellationToken);
                owner.RequireTeam(movement.Find(WalletAccounts.IdOf(owner.TeamId)));
                var wallet = movement.Find(owner.WalletId)
                    ?? throw RpcErrors.NotFound(Reasons.WalletNotFound, $"There is no wallet '{owner.WalletId}'. List the wallets to see what there is.");
                FundsMovement.RequireCurrency(request.Currency, wallet);
                FundsMovement.RequireFunds(wallet, request.AmountNanos, Remedy);
                var details = new TransferDetails(actor, movement.Now, request.Description, IdempotencyKey: request.IdempotencyKey);
                await movement.TakeAsync(wallet.WalletId, request.AmountNanos, cancellationToken);
                await movement.GiveBackAsync(owner.ParentId, request.AmountNanos, cancellationToken);
                var transfer = movement.Unit.MoveBetween(TransferKind.Reclaim, wallet.WalletId, owner.ParentId, request.AmountNanos, details);
                await movement.WriteAsync(cancellationToken);
                return transfer.ToContract(wallet.WalletId, wallet.Currency);
            },
            cancellationToken);
    }
}
