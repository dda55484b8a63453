using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Allocations;

namespace Platform.Wallet.Ledger;

/// <summary>Moves money one level down, with a period or without.</summary>
internal sealed class AllocateFunds(MoveFunds funds, OpenWallet open)
{
    private const string Remedy = "Move less, or have the wallet above it allocate or credit first.";

    public Task<Transfer> RunAsync(AllocateRequest request, string actor, CancellationToken cancellationToken)
    {
        MoveFunds.Require(request.AmountNanos, request.Description, request.IdempotencyKey);
        var owner = WalletOwner.Require(request.TeamId, request.UserId, request.ApplicationId);
        var endsAt = Rules.ReadMoment("ends_at", request.EndsAt);
        Rules.Require(
            (endsAt is null) == (request.AtEnd == PeriodEnd.Unspecified) && Enum.IsDefined(request.AtEnd)
                ? null : "ends_at and at_end (return or roll_over) belong together: give both or neither.");
        return funds.RunAsync(
            "Allocate", TransferKind.Allocation, request.IdempotencyKey, request, Transfer.Parser,
            async (transaction, now) =>
            {
                var (movement, made) = await open.LockForAllocationAsync(transaction, owner, now, cancellationToken);
                Rules.Require(endsAt is null || endsAt > movement.Now ? null : "ends_at must lie in the future.");
                var giver = movement.Find(owner.ParentId)!;
                FundsMovement.RequireCurrency(request.Currency, giver);
                FundsMovement.RequireFunds(giver, request.AmountNanos, Remedy);
                var details = new TransferDetails(actor, movement.Now, request.Description, IdempotencyKey: request.IdempotencyKey);
                await movement.TakeAsync(giver.WalletId, request.AmountNanos, cancellationToken);
                var transfer = movement.Unit.Allocate(giver.WalletId, owner.WalletId, request.AmountNanos, details);
                if (endsAt is { } end)
                {
                    var allocation = new AllocationRow(
                        Guid.CreateVersion7(now), owner.WalletId, request.AmountNanos, Recurrence.Once, "UTC", movement.Now, end, request.AtEnd,
                        AllocationState.Done, null, null, 0, request.Description, actor, movement.Now);
                    await AllocationStore.InsertAsync(transaction, allocation, cancellationToken);
                    await AllocationPeriods.BeginAsync(
                        movement, allocation, transfer, movement.Find(owner.WalletId)!.Unspent, movement.Now, end, cancellationToken);
                }

                await movement.WriteAsync(cancellationToken);
                if (made is not null)
                {
                    await OpenWallet.AuditAsync(transaction, made, actor, movement.Now, cancellationToken);
                }

                return transfer.ToContract(owner.WalletId, giver.Currency);
            },
            cancellationToken);
    }
}
