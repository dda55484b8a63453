using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Faults;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Allocations;

/// <summary>
/// Does what the calendar asks for: ends periods and makes planned allocations, one a transaction, in the order in which they were due, on one replica at a time. What
/// was missed while the service was down is done when it is back: late, but once and in order, and with occurred_at the moment that it was due.
/// </summary>
internal sealed partial class PeriodScheduler(
    LedgerDatabase database, DueStore store, SchedulerSignal signal, IOptions<AllocationOptions> options, WalletMetrics metrics, TimeProvider time,
    ILogger<PeriodScheduler> log) : BackgroundService
{
    private const string Actor = "wallet";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunDueAsync(stoppingToken);
                metrics.AllocationsWaiting = await store.CountWaitingAsync(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                LogRoundFailed(exception);
            }

            await signal.WaitAsync(TimeSpan.FromMilliseconds(options.Value.PollIntervalMs), stoppingToken);
        }
    }

    /// <summary>Does all that is due now; answers how many.</summary>
    internal async Task<int> RunDueAsync(CancellationToken cancellationToken)
    {
        for (var done = 0; ; done++)
        {
            var more = await database.InTransactionAsync(
                async transaction =>
                {
                    var did = await StepAsync(transaction, cancellationToken);
                    return (did, did);
                },
                cancellationToken);
            if (!more)
            {
                return done;
            }

            CrashPoint.Reach(CrashPoints.PeriodAfterCommit);
        }
    }

    private async Task<bool> StepAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        if (!await DueStore.TryLeadAsync(transaction, cancellationToken)
            || await DueStore.FindAsync(transaction, now, cancellationToken) is not { } due)
        {
            return false;
        }

        if (due.PeriodId is { } periodId)
        {
            await EndAsync(transaction, periodId, now, cancellationToken);
        }
        else
        {
            await BeginAsync(transaction, due.AllocationId!.Value, now, cancellationToken);
        }

        CrashPoint.Reach(CrashPoints.PeriodBeforeCommit);
        return true;
    }

    private async Task EndAsync(NpgsqlTransaction transaction, Guid periodId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var found = (await AllocationStore.ReadPeriodAsync(transaction, periodId, cancellationToken))!;
        var wallet = (await LedgerStore.ReadAsync(transaction, [found.WalletId], cancellationToken)).Single();
        var movement = await FundsMovement.LockAsync(transaction, [wallet.WalletId, wallet.ParentId], now, cancellationToken);

        // A correction may have ended it while this waited for the locks.
        var period = (await AllocationStore.ReadPeriodAsync(transaction, periodId, cancellationToken))!;
        if (period.State != PeriodState.Ended)
        {
            var allocation = (await AllocationStore.ReadAsync(transaction, period.AllocationId!.Value, cancellationToken))!;
            var returned = await AllocationPeriods.EndAsync(movement, period, allocation.Description, Actor, cancellationToken);
            await movement.WriteAsync(cancellationToken);
            LogEnded(wallet.WalletId, period.EndsAt!.Value, new Money(returned), wallet.Currency);
        }
    }

    private async Task BeginAsync(NpgsqlTransaction transaction, Guid allocationId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var found = (await AllocationStore.ReadAsync(transaction, allocationId, cancellationToken))!;
        var wallet = (await LedgerStore.ReadAsync(transaction, [found.WalletId], cancellationToken)).Single();
        var movement = await FundsMovement.LockAsync(transaction, [wallet.WalletId, wallet.ParentId], now, cancellationToken);

        // It may have been cancelled while this waited for the locks.
        var allocation = (await AllocationStore.ReadAsync(transaction, allocationId, cancellationToken))!;
        if (allocation.IsOver)
        {
            return;
        }

        var dueAt = allocation.DueAt!.Value;
        var giver = movement.Find(wallet.ParentId)!;
        if (giver.Available < allocation.Amount)
        {
            await WaitAsync(transaction, allocation, giver, movement.Now, cancellationToken);
            return;
        }

        var transfer = movement.Unit.Allocate(
            giver.WalletId, wallet.WalletId, allocation.Amount, new TransferDetails(allocation.Actor, dueAt, allocation.Description));
        if (AllocationSchedule.EndOf(allocation, dueAt) is { } endsAt)
        {
            await AllocationPeriods.BeginAsync(movement, allocation, transfer, dueAt, endsAt, cancellationToken);
        }

        await movement.WriteAsync(cancellationToken);
        await AllocationStore.UpdateAsync(transaction, AllocationSchedule.Advance(allocation), cancellationToken);
        LogBegun(allocationId, wallet.WalletId, new Money(allocation.Amount), wallet.Currency, dueAt);
    }

    private async Task WaitAsync(
        NpgsqlTransaction transaction, AllocationRow allocation, WalletAccounts giver, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var waiting = allocation with
        {
            State = AllocationState.Waiting, WaitingSince = allocation.WaitingSince ?? now, Missing = allocation.Amount - giver.Available,
        };
        await AllocationStore.UpdateAsync(transaction, waiting, cancellationToken);
        if (allocation.State != AllocationState.Waiting)
        {
            LogWaiting(allocation.AllocationId, allocation.WalletId, giver.WalletId, new Money(waiting.Missing), giver.Currency);
        }
    }

    [LoggerMessage(LogLevel.Information, "A period of {WalletId} ended at {EndsAt}; {Returned} {Currency} went back to the wallet above.")]
    private partial void LogEnded(string walletId, DateTimeOffset endsAt, Money returned, string currency);

    [LoggerMessage(LogLevel.Information, "Allocation {AllocationId} brought {WalletId} {Amount} {Currency}, due at {DueAt}.")]
    private partial void LogBegun(Guid allocationId, string walletId, Money amount, string currency, DateTimeOffset dueAt);

    [LoggerMessage(LogLevel.Warning, "Allocation {AllocationId} to {WalletId} is due, but {GiverId} lacks {Missing} {Currency}; it waits until that is there.")]
    private partial void LogWaiting(Guid allocationId, string walletId, string giverId, Money missing, string currency);

    [LoggerMessage(LogLevel.Warning, "Looking for periods and allocations that are due failed; the next round tries again.")]
    private partial void LogRoundFailed(Exception exception);
}
