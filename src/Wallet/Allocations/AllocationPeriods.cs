using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Allocations;

/// <summary>Begins and ends periods within a movement of money, behind the locks of its wallets.</summary>
internal static class AllocationPeriods
{
    /// <summary>The money that a transfer of this movement brings has an end.</summary>
    /// <param name="unspentBefore">What the wallet had before it.</param>
    public static async Task BeginAsync(
        FundsMovement movement, AllocationRow allocation, TransferRow transfer, long unspentBefore, DateTimeOffset startsAt, DateTimeOffset endsAt,
        CancellationToken cancellationToken)
    {
        var periods = await movement.PeriodsOfAsync(allocation.WalletId, cancellationToken);
        periods.Begin(
            unspentBefore,
            new PeriodRow(
                Guid.CreateVersion7(movement.Now), allocation.AllocationId, allocation.WalletId, transfer.TransferId, transfer.Amount, transfer.Amount, 0,
                startsAt, endsAt, allocation.AtEnd, PeriodState.Running));
    }

    /// <summary>
    /// A period is over: what is unspent and available goes back to the wallet above, or stays without an end. What comes late, since it was set aside for calls, goes to where it would be if it
    /// had come in time: of what the wallet above gave from a period that ended at the same moment, to the organisation, and the wallets between do not have it in the meantime.
    /// </summary>
    /// <param name="description">Of the allocation.</param>
    public static async Task<long> EndAsync(
        FundsMovement movement, PeriodRow period, string description, string actor, CancellationToken cancellationToken)
    {
        var wallet = movement.Unit[period.WalletId];
        var periods = await movement.PeriodsOfAsync(period.WalletId, cancellationToken);
        var returned = periods.End(period.PeriodId, wallet);
        if (returned > 0)
        {
            var details = new TransferDetails(actor, period.EndsAt!.Value, description);
            var passed = period.State == PeriodState.Ending ? await PassOnAsync(movement, wallet.ParentId, period, returned, cancellationToken) : 0;
            if (passed > 0)
            {
                movement.Unit.MoveBetween(TransferKind.Expiry, wallet.WalletId, WalletAccounts.OrganisationId, passed, details);
            }

            if (returned > passed)
            {
                await movement.GiveBackAsync(wallet.ParentId, returned - passed, cancellationToken);
                movement.Unit.MoveBetween(TransferKind.Expiry, wallet.WalletId, wallet.ParentId, returned - passed, details);
            }
        }

        return returned;
    }

    private static async Task<long> PassOnAsync(
        FundsMovement movement, string parentId, PeriodRow below, long amount, CancellationToken cancellationToken)
    {
        if (parentId == WalletAccounts.OrganisationId)
        {
            return 0;
        }

        var givers = await AllocationStore.ReadGiversAsync(movement.Transaction, parentId, below, cancellationToken);
        return givers.Count == 0 ? 0 : (await movement.PeriodsOfAsync(parentId, cancellationToken)).PassOn(amount, givers, movement.Unit[parentId].Unspent);
    }
}
