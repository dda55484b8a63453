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

    /// <summary>A period is over: what is unspent and available goes back to the wallet above, or stays without an end.</summary>
    /// <param name="description">Of the allocation.</param>
    public static async Task<long> EndAsync(
        FundsMovement movement, PeriodRow period, string description, string actor, CancellationToken cancellationToken)
    {
        var wallet = movement.Unit[period.WalletId];
        var periods = await movement.PeriodsOfAsync(period.WalletId, cancellationToken);
        var returned = periods.End(period.PeriodId, wallet);
        if (returned > 0)
        {
            await movement.GiveBackAsync(wallet.ParentId, returned, cancellationToken);
            movement.Unit.MoveBetween(
                TransferKind.Expiry, wallet.WalletId, wallet.ParentId, returned, new TransferDetails(actor, period.EndsAt!.Value, description));
        }

        return returned;
    }
}
