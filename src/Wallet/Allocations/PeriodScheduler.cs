using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.ServiceDefaults.Faults;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Allocations;

/// <summary>
/// Does what the calendar asks for: ends periods and makes planned allocations, in the order in which they were due, on one replica at a time. What ends and begins at one
/// moment in the wallets of one team is one transaction: a budget that is renewed is never seen empty, by a call or by a low-balance level (decision 0123). What was missed while the service was down is done when it is back: late, but once and in order, and with occurred_at the moment that it was due.
/// </summary>
internal sealed partial class PeriodScheduler(
    LedgerDatabase database, DueStore store, LeaseRecall recall, SchedulerSignal signal, IOptions<AllocationOptions> options, WalletMetrics metrics, TimeProvider time,
    ILogger<PeriodScheduler> log) : BackgroundService
{
    private const string Actor = "wallet";
    private static readonly TimeSpan RecallPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Allocations whose zone was told to be unknown here.</summary>
    private readonly HashSet<Guid> _unknownZone = [];

    /// <summary>Teams whose turn failed in the last look.</summary>
    private HashSet<string> _failing = [];

    private enum Step
    {
        /// <summary>Nothing is due, or another replica is at it.</summary>
        Nothing,

        /// <summary>Done; there may be more.</summary>
        Done,

        /// <summary>Holders of leases are asked for what they have not drawn.</summary>
        Recalled,

        /// <summary>The team is left alone until the next look.</summary>
        Failed,
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = TimeSpan.FromMilliseconds(options.Value.PollIntervalMs);
        var pause = interval;
        return LookLoop.RunAsync(
            async cancellationToken =>
            {
                var (_, waits) = await RunDueAsync(cancellationToken);
                pause = waits ? RecallPause : interval;
                metrics.AllocationsWaiting = await store.CountWaitingAsync(cancellationToken);
            },
            cancellationToken => signal.WaitAsync(pause, cancellationToken), LogRoundFailed, interval, time, log, stoppingToken);
    }

    /// <summary>Does all that is due now; answers how many turns, and whether some wait for a recall before they can go on.</summary>
    internal async Task<(int Done, bool Waits)> RunDueAsync(CancellationToken cancellationToken)
    {
        var round = new Round([], [], []);
        for (var done = 0; ;)
        {
            switch (await StepAsync(round, cancellationToken))
            {
                case Step.Nothing:
                    _failing = round.Failed;
                    return (done, round.Recalled.Count > 0);
                case Step.Done:
                    done++;
                    CrashPoint.Reach(CrashPoints.PeriodAfterCommit);
                    break;
            }
        }
    }

    private async Task<Step> StepAsync(Round round, CancellationToken cancellationToken)
    {
        try
        {
            return await database.InTransactionAsync(
                async transaction =>
                {
                    var made = await StepAsync(transaction, round, cancellationToken);
                    return (made, made != Step.Nothing);
                },
                cancellationToken);
        }
        catch (Exception exception) when ((PostApart.IsOfItems(exception) || LedgerDatabase.IsKept(exception)) && round.Team is { } team && round.Failed.Add(team))
        {
            // Of this team's figures, or a lock that somebody keeps on one of its wallets: it would be found first at each look, and all that are due later would wait for it.
            if (!_failing.Contains(team))
            {
                LogTurnFailed(exception, team);
            }

            return Step.Failed;
        }
    }

    /// <summary>One team's turn. What it leaves in the round it leaves for the next look, so nothing is lost where the database makes it run again.</summary>
    private async Task<Step> StepAsync(NpgsqlTransaction transaction, Round round, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        round.Team = null;
        if (!await DueStore.TryLeadAsync(transaction, cancellationToken)
            || await DueStore.FindAsync(transaction, now, [.. round.Recalled, .. round.Failed], round.LeftAlone, cancellationToken) is not { } turn)
        {
            return Step.Nothing;
        }

        round.Team = turn.TeamId;

        // What ends below a team may go on to the organisation.
        var movement = await FundsMovement.LockAsync(
            transaction, turn.Items.SelectMany(item => new[] { item.WalletId, item.ParentId, item.Ends ? WalletAccounts.OrganisationId : item.ParentId }), now,
            cancellationToken);
        var ends = await ReadEndsAsync(transaction, turn, cancellationToken);
        if (await IsRecallingAsync(transaction, ends, cancellationToken))
        {
            round.Recalled.Add(turn.TeamId);
        }
        else
        {
            await EndAsync(movement, ends, cancellationToken);
            await BeginAsync(movement, turn, round, cancellationToken);
            await movement.WriteAsync(cancellationToken);
        }

        CrashPoint.Reach(CrashPoints.PeriodBeforeCommit);
        return round.Recalled.Contains(turn.TeamId) ? Step.Recalled : Step.Done;
    }

    /// <summary>Behind the wallets' locks: a correction may have ended some while this waited for them.</summary>
    private static async Task<List<PeriodRow>> ReadEndsAsync(NpgsqlTransaction transaction, DueTurn turn, CancellationToken cancellationToken)
    {
        var ends = new List<PeriodRow>();
        foreach (var item in turn.Items.Where(item => item.Ends))
        {
            ends.Add((await AllocationStore.ReadPeriodAsync(transaction, item.Id, cancellationToken))!);
        }

        ends.RemoveAll(period => period.State == PeriodState.Ended);
        return ends;
    }

    /// <summary>
    /// What leases have not drawn is the period's too: they are asked for it and given the time that a recall has, in which the team's calls are paid by what they have
    /// and other teams have their turn. What is not back by then is set aside, and returns when it is.
    /// </summary>
    private async Task<bool> IsRecallingAsync(NpgsqlTransaction transaction, IEnumerable<PeriodRow> ends, CancellationToken cancellationToken)
    {
        var wallets = ends.Where(period => period is { State: PeriodState.Running, AtEnd: PeriodEnd.Return }).Select(period => period.WalletId).Distinct().ToArray();
        return wallets.Length > 0 && (await recall.RequestAsync(transaction, wallets, LeaseRecall.PeriodEnds, cancellationToken)).Count > 0;
    }

    private async Task EndAsync(FundsMovement movement, List<PeriodRow> ends, CancellationToken cancellationToken)
    {
        foreach (var period in ends)
        {
            var allocation = (await AllocationStore.ReadAsync(movement.Transaction, period.AllocationId!.Value, cancellationToken))!;
            var returned = await AllocationPeriods.EndAsync(movement, period, allocation.Description, Actor, cancellationToken);
            LogEnded(period.WalletId, period.EndsAt!.Value, new Money(returned), movement.Unit[period.WalletId].Currency);
        }
    }

    private async Task BeginAsync(FundsMovement movement, DueTurn turn, Round round, CancellationToken cancellationToken)
    {
        var begun = new HashSet<string>();
        foreach (var item in turn.Items.Where(item => !item.Ends))
        {
            // Behind the locks: it may have been cancelled while this waited for them.
            var allocation = (await AllocationStore.ReadAsync(movement.Transaction, item.Id, cancellationToken))!;
            var giver = movement.Unit[item.ParentId];

            // Of several allocations of one wallet each has a turn of its own: whose money was spent is told by the balances before it.
            if (allocation.IsOver || begun.Contains(item.WalletId))
            {
                continue;
            }

            if (!AllocationSchedule.IsKnown(allocation))
            {
                round.LeftAlone.Add(item.Id);
                TellUnknownZone(allocation);
            }
            else if (giver.Available >= allocation.Amount)
            {
                await BeginAsync(movement, allocation, giver.WalletId, cancellationToken);
                begun.Add(item.WalletId);
            }
            else if (round.Recalled.Count > 0)
            {
                round.LeftAlone.Add(item.Id);
            }
            else if (!turn.Items.Any(other => other.Ends))
            {
                // While something ends, other teams may have something to return too: it is tried again when all have.
                await WaitAsync(movement.Transaction, allocation, giver, movement.Now, cancellationToken);
            }
        }
    }

    private async Task BeginAsync(FundsMovement movement, AllocationRow allocation, string giverId, CancellationToken cancellationToken)
    {
        var (walletId, dueAt) = (allocation.WalletId, allocation.DueAt!.Value);
        var unspentBefore = movement.Unit[walletId].Unspent;
        await movement.TakeAsync(giverId, allocation.Amount, cancellationToken);
        var transfer = movement.Unit.Allocate(giverId, walletId, allocation.Amount, new TransferDetails(allocation.Actor, dueAt, allocation.Description));
        if (AllocationSchedule.EndOf(allocation, dueAt) is { } endsAt)
        {
            await AllocationPeriods.BeginAsync(movement, allocation, transfer, unspentBefore, dueAt, endsAt, cancellationToken);
        }

        await AllocationStore.UpdateAsync(movement.Transaction, AllocationSchedule.Advance(allocation), cancellationToken);
        LogBegun(allocation.AllocationId, walletId, new Money(allocation.Amount), movement.Unit[walletId].Currency, dueAt);
    }

    /// <summary>Once: it is tried again with each look, since the machine may learn of the zone.</summary>
    private void TellUnknownZone(AllocationRow allocation)
    {
        if (_unknownZone.Add(allocation.AllocationId))
        {
            LogUnknownZone(allocation.AllocationId, allocation.WalletId, allocation.TimeZone);
        }
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

    /// <summary>What a look at the calendar leaves for the next one.</summary>
    /// <param name="Recalled">Teams that wait for holders of leases.</param>
    /// <param name="LeftAlone">Allocations for which the wallet above has too little before those have returned theirs, or whose time zone this machine does not know.</param>
    /// <param name="Failed">Teams whose turn cannot be taken.</param>
    private sealed record Round(HashSet<string> Recalled, HashSet<Guid> LeftAlone, HashSet<string> Failed)
    {
        /// <summary>Whose turn it is.</summary>
        public string? Team { get; set; }
    }

    [LoggerMessage(LogLevel.Error, "What the calendar asks of team {TeamId}'s wallets cannot be done; the others have their turn, and it is tried again with each look.")]
    private partial void LogTurnFailed(Exception exception, string teamId);

    [LoggerMessage(LogLevel.Information, "A period of {WalletId} ended at {EndsAt}; {Returned} {Currency} went back to the wallet above.")]
    private partial void LogEnded(string walletId, DateTimeOffset endsAt, Money returned, string currency);

    [LoggerMessage(LogLevel.Information, "Allocation {AllocationId} brought {WalletId} {Amount} {Currency}, due at {DueAt}.")]
    private partial void LogBegun(Guid allocationId, string walletId, Money amount, string currency, DateTimeOffset dueAt);

    [LoggerMessage(LogLevel.Warning, "Allocation {AllocationId} to {WalletId} is due, but {GiverId} lacks {Missing} {Currency}; it waits until that is there.")]
    private partial void LogWaiting(Guid allocationId, string walletId, string giverId, Money missing, string currency);

    [LoggerMessage(
        LogLevel.Error,
        "Allocation {AllocationId} to {WalletId} is due, but this machine knows no time zone '{TimeZone}'; it stands until it does. Install current time zone data, or cancel the allocation and plan it anew.")]
    private partial void LogUnknownZone(Guid allocationId, string walletId, string timeZone);

    [LoggerMessage(LogLevel.Warning, "Looking for periods and allocations that are due failed; the next round tries again.")]
    private partial void LogRoundFailed(Exception exception);
}
