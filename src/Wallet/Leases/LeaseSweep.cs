using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.ServiceDefaults.Faults;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>
/// Ends what time ends: leases whose period is over are recalled; a silent holder's go to suspense, whole, because only its journal can prove what was not
/// drawn. Replicas may sweep at once: each lease is decided again behind its wallet's lock. While the database was away no holder could be heard, so a silence counts only once it has been there for as long as
/// holders have in grace (docs/decisions/0260).
/// </summary>
internal sealed partial class LeaseSweep(
    EachWallet eachWallet, LeaseStore store, LeaseNoticeStore streams, LeaseRecall recall, LeaseWrite write, IOptions<LeaseOptions> options, WalletMetrics metrics,
    TimeProvider time, ILogger<LeaseSweep> log) : BackgroundService
{
    private const int BatchSize = 100;
    private const string Actor = "wallet";

    // A halt that is no longer than the grace keeps nobody from being heard in time.
    private readonly UnbrokenLooks _looks = new(time, TimeSpan.FromSeconds(options.Value.SweepSeconds + options.Value.GraceSeconds));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        LookLoop.RunAsync(RoundAsync, LogSweepFailed, TimeSpan.FromSeconds(options.Value.SweepSeconds), time, log, stoppingToken);

    internal async Task RoundAsync(CancellationToken cancellationToken)
    {
        var since = _looks.Begin();
        await RecallAtBoundariesAsync(cancellationToken);
        if (time.GetUtcNow() - since >= TimeSpan.FromSeconds(options.Value.GraceSeconds))
        {
            await SweepAsync(cancellationToken);
        }

        _looks.End(since);
        await streams.RemoveStaleAsync(cancellationToken);
        (metrics.LiveLeases, metrics.SuspendedLeases) = await store.CountAsync(cancellationToken);
    }

    /// <summary>Recalls the leases of wallets where a period that bounds one of them is over.</summary>
    internal async Task RecallAtBoundariesAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var wallets = await store.ListBoundariesAsync(now, cancellationToken);
        if (wallets.Length > 0)
        {
            await eachWallet.RunAsync(wallets, (transaction, locked) => recall.RequestEndedAsync(transaction, locked, now, cancellationToken), cancellationToken);
        }
    }

    /// <summary>Suspends all leases that are due now, and ends those that hold nothing; answers how many. Those of a wallet that somebody keeps locked are left for the next round.</summary>
    internal async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var suspended = 0;
        var left = new HashSet<string>();
        while (await store.ListDueAsync(time.GetUtcNow(), BatchSize, left, cancellationToken) is { Count: > 0 } due)
        {
            var before = left.Count;
            var ended = await SweepAsync(due.ToLookup(lease => lease.WalletId, lease => lease.LeaseId), left, cancellationToken);
            if (ended == 0 && left.Count == before)
            {
                // Another replica was faster, or the clock went back meanwhile: the next round looks again.
                break;
            }

            suspended += ended;
        }

        return suspended;
    }

    private async Task<int> SweepAsync(ILookup<string, Guid> due, HashSet<string> left, CancellationToken cancellationToken)
    {
        var ended = new Dictionary<string, int>();
        left.UnionWith(await eachWallet.RunAsync(
            [.. due.Select(ofWallet => ofWallet.Key)],
            async (transaction, locked) => ended[locked[0]] = await SuspendAsync(transaction, [.. locked.SelectMany(walletId => due[walletId])], cancellationToken),
            cancellationToken));
        CrashPoint.Reach(CrashPoints.LeaseSweepAfterCommit);
        return ended.Where(done => !left.Contains(done.Key)).Sum(done => done.Value);
    }

    private async Task<int> SuspendAsync(NpgsqlTransaction transaction, Guid[] due, CancellationToken cancellationToken)
    {
        var (wallets, leases, _) = await LeaseStore.LockAsync(transaction, due, cancellationToken);
        var unit = new LedgerUnit(wallets, time.GetUtcNow().TruncateToMicroseconds());
        var changed = new List<(LeaseSnapshot Seen, LeaseSnapshot Lease)>();
        foreach (var lease in leases.OrderBy(lease => lease.LeaseId))
        {
            // By this replica's clock, not the unit's: a wallet whose newest transfer lies ahead must not shorten the grace of a lease.
            var decision = LeaseDecision.Decide(lease, new LeaseInput.Expire(time.GetUtcNow()));
            if (decision.Verdict == LeaseVerdict.Apply)
            {
                changed.Add((lease, decision.Lease));
                LeaseWrite.Move(unit, lease, decision.Moves, new TransferDetails(Actor, unit.Now, decision.Lease.Reason));
                if (decision.Lease.State == LeaseState.Suspended)
                {
                    LogSuspended(lease.LeaseId, lease.Holder, lease.WalletId, lease.Held, decision.Lease.Reason);
                }
            }
        }

        await write.RunAsync(transaction, unit, changed, cancellationToken);
        CrashPoint.Reach(CrashPoints.LeaseSweepBeforeCommit);
        return changed.Count;
    }

    [LoggerMessage(LogLevel.Warning, "Lease {LeaseId} of {Holder} on {WalletId} ({HeldNanos} nanos): {Reason}; it waits in suspense for its holder or an operator.")]
    private partial void LogSuspended(Guid leaseId, string holder, string walletId, long heldNanos, string reason);

    [LoggerMessage(LogLevel.Warning, "Looking for leases that are due failed; the next round tries again.")]
    private partial void LogSweepFailed(Exception exception);
}
