using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>
/// Ends what time ends: a pending hold past its deadline returns to available; a sent one without a report goes to suspense, never back. Replicas may
/// sweep at once: each hold is decided again behind its wallet's lock.
/// </summary>
internal sealed partial class ExpirySweep(
    LedgerDatabase database, HoldStore store, IOptions<HoldOptions> options, WalletMetrics metrics, TimeProvider time, ILogger<ExpirySweep> log)
    : BackgroundService
{
    private const int BatchSize = 200;
    private const string Actor = "wallet";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.SweepSeconds), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SweepAsync(stoppingToken);
                metrics.OpenHolds = await store.CountOpenAsync(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                LogSweepFailed(exception);
            }
        }
    }

    /// <summary>Ends all holds that are due now; answers how many.</summary>
    internal async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var ended = 0;
        while (true)
        {
            var limit = TimeSpan.FromSeconds(options.Value.SentLimitSeconds);
            var due = await store.ListDueAsync(time.GetUtcNow(), limit, BatchSize, cancellationToken);
            if (due.Length == 0)
            {
                return ended;
            }

            ended += await database.InTransactionAsync(
                async transaction => (await EndAsync(transaction, due, limit, cancellationToken), true), cancellationToken);
        }
    }

    private async Task<int> EndAsync(NpgsqlTransaction transaction, Guid[] due, TimeSpan limit, CancellationToken cancellationToken)
    {
        var (wallets, holds) = await HoldStore.LockAsync(transaction, due, [], cancellationToken);
        var unit = new LedgerUnit(wallets, time.GetUtcNow().TruncateToMicroseconds());
        var changed = new List<HoldSnapshot>();
        foreach (var hold in holds.Values.OrderBy(hold => hold.AttemptId))
        {
            var decision = HoldDecision.Decide(hold, new HoldInput.Expire(limit), unit.Now);
            if (decision.Verdict != HoldVerdict.Apply)
            {
                continue;
            }

            changed.Add(decision.Hold!);
            var description = decision.Hold!.State == HoldState.Suspended ? decision.Hold.Reason : "expired";
            foreach (var move in decision.Moves)
            {
                unit.Move(hold.WalletId!, move, new TransferDetails(Actor, hold.OccurredAt, description, AttemptId: hold.AttemptId));
            }
        }

        await WriteAsync(transaction, unit, changed, cancellationToken);
        return changed.Count;
    }

    private async Task WriteAsync(NpgsqlTransaction transaction, LedgerUnit unit, List<HoldSnapshot> changed, CancellationToken cancellationToken)
    {
        if (changed.Count == 0)
        {
            return;
        }

        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        LedgerStore.AddTo(batch, unit);
        HoldStore.AddTo(batch, changed, unit.Now);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        LogSwept(changed.Count(hold => hold.State == HoldState.Expired), changed.Count(hold => hold.State == HoldState.Suspended));
    }

    [LoggerMessage(LogLevel.Information, "{Expired} pending holds expired and returned; {Suspended} sent holds without a report went to suspense.")]
    private partial void LogSwept(int expired, int suspended);

    [LoggerMessage(LogLevel.Warning, "Looking for holds that are due failed; the next round tries again.")]
    private partial void LogSweepFailed(Exception exception);
}
