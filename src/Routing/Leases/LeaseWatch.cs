using Platform.Contracts.Wallet.V1;
using Platform.Routing.Journal;
using Platform.ServiceDefaults.Grpc;

namespace Platform.Routing.Leases;

/// <summary>Follows what Wallet wants of this replica's leases. The open stream is also what makes the replica count as a live holder.</summary>
internal sealed partial class LeaseWatch(
    Contracts.Wallet.V1.Leases.LeasesClient wallet, LeasePool pool, LeaseRecovery recovery, ReplicaDirectory replica, TimeProvider time, ILogger<LeaseWatch> log) : BackgroundService
{
    /// <summary>Heartbeats come every second.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new StreamFollower("lease", SilenceLimit, time, log).FollowAsync(
        options => wallet.Watch(new WatchLeasesRequest { Holder = replica.Replica }, options), Apply, stoppingToken);

    private void Apply(LeaseNotice notice, bool isFirst)
    {
        // Every notice names the revision, so that a change that was told while nobody followed is not missed.
        pool.ScopesAreAt(notice.ScopesRevision);
        if (notice.Kind != LeaseNoticeKind.Recall)
        {
            return;
        }

        LogRecalled(notice.LeaseId, notice.Reason);
        if (!pool.Recall(Guid.Parse(notice.LeaseId)))
        {
            recovery.LookNow();
        }
    }

    [LoggerMessage(LogLevel.Information, "Lease {LeaseId} is recalled: {Reason}")]
    private partial void LogRecalled(string leaseId, string reason);
}
