using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Allocations;

namespace Platform.Wallet.Ledger;

/// <summary>Takes an earlier transfer of people back whole, by an opposite one that names it. The earlier one stays as it is.</summary>
internal sealed class CorrectTransfer(MoveFunds funds)
{
    private const string Remedy = "What was spent, set aside or moved on since cannot be taken back; reclaim or transfer what is there instead.";

    public Task<Transfer> RunAsync(CorrectRequest request, string actor, CancellationToken cancellationToken)
    {
        Rules.Require(Guid.TryParse(request.TransferId, out var transferId) ? null : "transfer_id must be a UUID: transactions and answers name it.");
        Rules.Require(Validation.Text("description", request.Description, 0, 500));
        Rules.RequireIdempotencyKey(request.IdempotencyKey);
        return funds.RunAsync(
            "Correct", TransferKind.Correction, request.IdempotencyKey, request, Transfer.Parser,
            async (transaction, now) =>
            {
                var earlier = await TransferStore.FindOfPeopleAsync(transaction, transferId, cancellationToken)
                    ?? throw RpcErrors.NotFound(
                        Reasons.TransferNotFound, $"There is no transfer '{transferId}' that people made. What calls cost is corrected where their usage is recorded.");
                var movement = await TransferFunds.LockWithWayAsync(transaction, earlier.ToWallet, earlier.FromWallet, now, cancellationToken);
                await RequireOpenAsync(earlier);
                var giver = movement.Find(earlier.ToWallet)!;
                FundsMovement.RequireFunds(giver, earlier.Amount, Remedy);
                var details = new TransferDetails(actor, movement.Now, request.Description, Corrects: transferId, IdempotencyKey: request.IdempotencyKey);
                if (earlier.Kind == TransferKind.Reclaim)
                {
                    await movement.TakeAsync(giver.WalletId, earlier.Amount, cancellationToken);
                }

                if (earlier.Kind != TransferKind.TopUp)
                {
                    await movement.GiveBackAsync(earlier.FromWallet, earlier.Amount, cancellationToken);
                }

                var transfer = earlier.Kind == TransferKind.TopUp
                    ? movement.Unit.TakeBackCredit(giver.WalletId, earlier.Amount, details)
                    : movement.Unit.MoveBetween(TransferKind.Correction, giver.WalletId, earlier.FromWallet, earlier.Amount, details);
                if (earlier.Kind.BringsNewMoney())
                {
                    (await movement.PeriodsOfAsync(giver.WalletId, cancellationToken)).TakeBack(transferId, earlier.Amount, giver.Unspent);
                }

                await movement.WriteAsync(cancellationToken);
                return transfer.ToContract(giver.WalletId, giver.Currency);

                async Task RequireOpenAsync(TransferRow row)
                {
                    if (!row.Kind.IsCorrectable())
                    {
                        throw RpcErrors.Create(
                            StatusCode.FailedPrecondition, Reasons.TransferNotCorrectable,
                            $"Transfer '{transferId}' is neither a top-up nor an allocation, reclaim or transfer; make an opposite one instead.");
                    }

                    // Behind the wallets' locks: two corrections of one transfer come here one after the other.
                    if (await TransferStore.IsCorrectedAsync(transaction, transferId, cancellationToken))
                    {
                        throw RpcErrors.Create(StatusCode.FailedPrecondition, Reasons.TransferCorrected, $"Transfer '{transferId}' was taken back before.");
                    }

                    // As much again would be later money, or money of others.
                    if (await AllocationStore.HasReturnedAsync(transaction, transferId, cancellationToken))
                    {
                        throw RpcErrors.Create(
                            StatusCode.FailedPrecondition, Reasons.TransferNotCorrectable,
                            $"The period of transfer '{transferId}' is over, and what was left of its money went back to the wallet above; what was spent cannot be taken back.");
                    }
                }
            },
            cancellationToken);
    }
}
