using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Faults;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Allocations;

/// <summary>
/// Does what the calendar asks for: ends periods and makes planned allocations, one a transaction, in the order in which they were due, on one replica at a time. What
/// was missed while the service was down is done when it is back: late, but once and in order, and with occurred_at the moment that it was due.
/// </summary>
internal sealed partial class PeriodScheduler(
    LedgerDatabase database, DueStore store, LeaseRecall recall, SchedulerSignal signal, IOptions<AllocationOptions> options, WalletMetrics metrics, TimeProvider time,
    ILogger<PeriodScheduler> log) : BackgroundService
{
    private const string Actor = "wallet";
    private static readonly TimeSpan RecallPause = TimeSpan.FromMilliseconds(100);

    private enum Step
    {
        /// <summary>Nothing is due, or another replica is at it.</summary>
        Nothing,

        /// <summary>Done; there may be more.</summary>
        Done,

        /// <summary>Holders of leases are asked for what they have not drawn.</summary>
        Recalled,
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = TimeSpan.FromMilliseconds(options.Value.PollIntervalMs);
            try
            {
                var (_, waits) = await RunDueAsync(stoppingToken);
                pause = waits ? RecallPause : pause;
                metrics.AllocationsWaiting = await store.CountWaitingAsync(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                LogRoundFailed(exception);
            }

            await signal.WaitAsync(pause, stoppingToken);
        }
    }

    /// <summary>Does all that is due now; answers how many, and whether it must wait for a recall before it can go on.</summary>
    internal async Task<(int Done, bool Waits)> RunDueAsync(CancellationToken cancellationToken)
    {
        for (var done = 0; ; done++)
        {
            var step = await database.InTransactionAsync(
                async transaction =>
                {
                    var made = await StepAsync(transaction, cancellationToken);
                    return (made, made != Step.Nothing);
                },
                cancellationToken);
            if (step != Step.Done)
            {
                return (done, step == Step.Recalled);
            }

            CrashPoint.Reach(CrashPoints.PeriodAfterCommit);
        }
    }

    private async Task<Step> StepAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        if (!await DueStore.TryLeadAsync(transaction, cancellationToken)
            || await DueStore.FindAsync(transaction, now, cancellationToken) is not { } due)
        {
            return Step.Nothing;
        }

        var step = Step.Done;
        if (due.PeriodId is { } periodId)
        {
            step = await EndAsync(transaction, periodId, now, cancellationToken);
        }
        else
        {
            await BeginAsync(transaction, due.AllocationId!.Value, now, cancellationToken);
        }

        CrashPoint.Reach(CrashPoints.PeriodBeforeCommit);
        return step;
    }

    private async Task<Step> EndAsync(NpgsqlTransaction transaction, Guid periodId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var found = (await AllocationStore.ReadPeriodAsync(transaction, periodId, cancellationToken))!;
        var wallet = (await LedgerStore.ReadAsync(transaction, [found.WalletId], cancellationToken)).Single();
        var movement = await FundsMovement.LockAsync(transaction, [wallet.WalletId, wallet.ParentId], now, cancellationToken);

        // A correction may have ended it while this waited for the locks.
        var period = (await AllocationStore.ReadPeriodAsync(transaction, periodId, cancellationToken))!;
        if (period.State == PeriodState.Ended)
        {
            return Step.Done;
        }

        if (period is { State: PeriodState.Running, AtEnd: PeriodEnd.Return } && await IsRecallingAsync(transaction, period, cancellationToken))
        {
            return Step.Recalled;
        }

        var allocation = (await AllocationStore.ReadAsync(transaction, period.AllocationId!.Value, cancellationToken))!;
        var returned = await AllocationPeriods.EndAsync(movement, period, allocation.Description, Actor, cancellationToken);
        await movement.WriteAsync(cancellationToken);
        LogEnded(wallet.WalletId, period.EndsAt!.Value, new Money(returned), wallet.Currency);
        return Step.Done;
    }

    /// <summary>
    /// What leases have not drawn is the period's too: they are asked for it and given the time that a recall has. What is not back by then is set aside, and returns
    /// when it is.
    /// </summary>
    private async Task<bool> IsRecallingAsync(NpgsqlTransaction transaction, PeriodRow period, CancellationToken cancellationToken) =>
        (await recall.RequestAsync(transaction, [period.WalletId], LeaseRecall.PeriodEnds, cancellationToken)).Count > 0;

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
