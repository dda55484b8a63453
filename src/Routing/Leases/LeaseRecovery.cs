using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Journal;

namespace Platform.Routing.Leases;

/// <summary>A lease that this process does not hold, and how it is to be closed.</summary>
/// <param name="DrawnNanos">What the journal says.</param>
/// <param name="Incomplete">The journal may lack what was drawn last.</param>
internal readonly record struct LeftLease(Guid LeaseId, long DrawnNanos, bool Incomplete);

/// <summary>
/// Closes the leases that an earlier process of this replica left, by what the journal proves was drawn; and those that Wallet made after this process had
/// given up asking for them. New calls do not wait for it. It runs after <see cref="Shipping.RecoverAtStart"/> has written the ends that were missing.
/// </summary>
internal sealed partial class LeaseRecovery(
    Contracts.Wallet.V1.Leases.LeasesClient wallet, LeaseClosing closing, LeasePool pool, AttemptJournal journal, ReplicaDirectory replica,
    IOptions<LeaseOptions> options, TimeProvider time, ILogger<LeaseRecovery> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>So many are with Wallet at once: thousands one after the other last longer than Wallet waits for a silent holder, and the pool's operations need Wallet beside (docs/decisions/0303).</summary>
    private const int AtOnce = 8;

    /// <summary>Wallet lists some of them for ever: what waits there in suspense for an operator.</summary>
    private readonly ConcurrentDictionary<Guid, bool> _closed = new();
    private TaskCompletionSource _recalled = NewSignal();

    /// <summary>
    /// Decides about a lease by what Wallet was last told and what the journal says. Pure. Of a lease that the journal does not know nothing was drawn, since
    /// it is written there, on the disk, before the first draw; unless Wallet was told otherwise, and then records are missing.
    /// </summary>
    /// <param name="recorded">Null when the journal does not know it.</param>
    /// <param name="toldDrawnNanos">As Wallet was last told.</param>
    /// <param name="journalIsComplete">False when a segment is damaged.</param>
    /// <param name="boot">The machine's present boot: records of another may not have reached the disk.</param>
    public static LeftLease Decide(Guid leaseId, LeaseRecord? recorded, long toldDrawnNanos, bool journalIsComplete, string boot)
    {
        var (drawn, writtenIn) = recorded is { } known ? (known.DrawnNanos, known.Boot) : (0L, "");
        return new LeftLease(leaseId, drawn, !journalIsComplete || toldDrawnNanos > drawn || (writtenIn.Length > 0 && writtenIn != boot));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var recalled = _recalled.Task;
            var done = true;
            try
            {
                done = await TryCloseAllAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The edge: new calls have no part in what an earlier process left. It is looked at again with the next round.
                LogFailed(exception);
            }

            await Task.WhenAny(recalled, Task.Delay(done ? Interval : RetryInterval, time, stoppingToken));
        }
    }

    /// <summary>Wallet recalls a lease that this process does not hold.</summary>
    public void LookNow() => Interlocked.Exchange(ref _recalled, NewSignal()).TrySetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>False when Wallet did not answer for all of them.</summary>
    private async Task<bool> TryCloseAllAsync(CancellationToken stoppingToken)
    {
        var recorded = journal.Leases();
        ListLeasesResponse listed;
        try
        {
            listed = await wallet.ListLeasesAsync(
                new ListLeasesRequest { Holder = replica.Replica },
                deadline: time.GetUtcNow().UtcDateTime.AddSeconds(options.Value.AnswerSeconds),
                cancellationToken: stoppingToken);
        }
        catch (RpcException exception)
        {
            LogNotListed(exception.StatusCode, exception.Status.Detail);
            return false;
        }

        var told = listed.Leases.Where(lease => lease.State is not (LeaseState.Closed or LeaseState.Ended)).ToDictionary(lease => Guid.Parse(lease.LeaseId), lease => lease.DrawnNanos);
        var left = told.Keys.Union(recorded.Keys).Where(leaseId => !pool.Owns(leaseId) && !_closed.ContainsKey(leaseId)).ToList();
        await Parallel.ForEachAsync(left, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken }, async (leaseId, token) =>
        {
            var record = recorded.TryGetValue(leaseId, out var known) ? known : (LeaseRecord?)null;
            await CloseAsync(Decide(leaseId, record, told.GetValueOrDefault(leaseId), journal.LeasesAreComplete, MachineBoot.Id), token);
        });
        return left.TrueForAll(_closed.ContainsKey);
    }

    private async Task CloseAsync(LeftLease left, CancellationToken stoppingToken)
    {
        LogClosing(left);
        var end = await closing.CloseAsync(left.LeaseId, left.DrawnNanos, left.Incomplete, stoppingToken);
        if (end == ClosingEnd.Contradicted && !left.Incomplete)
        {
            end = await closing.CloseAsync(left.LeaseId, left.DrawnNanos, incomplete: true, stoppingToken);
        }

        if (end == ClosingEnd.Closed)
        {
            _closed[left.LeaseId] = true;
        }
    }

    [LoggerMessage(LogLevel.Information, "Closing a lease of an earlier process: {Lease}")]
    private partial void LogClosing(LeftLease lease);

    [LoggerMessage(LogLevel.Error, "Leases of an earlier process could not be closed; trying again.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(LogLevel.Warning, "Wallet did not list this replica's leases ({Status}: {Detail}); trying again.")]
    private partial void LogNotListed(StatusCode status, string detail);
}
