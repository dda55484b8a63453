using Platform.Contracts.Wallet.V1;
using Platform.Routing.Journal;
using Platform.ServiceDefaults.Grpc;

namespace Platform.Routing.Leases;

/// <summary>Follows what Wallet wants of this replica's leases. The open stream is also what makes the replica count as a live holder.</summary>
internal sealed partial class LeaseWatch(
    Contracts.Wallet.V1.Leases.LeasesClient wallet, LeasePool pool, ReplicaDirectory replica, TimeProvider time, ILogger<LeaseWatch> log) : BackgroundService
{
    /// <summary>Heartbeats come every second.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new StreamFollower("lease", SilenceLimit, time, log).FollowAsync(
        options => wallet.Watch(new WatchLeasesRequest { Holder = replica.Replica }, options), Apply, stoppingToken);

    private void Apply(LeaseNotice notice, bool isFirst)
    {
        if (isFirst)
        {
            // Recalls that stand are told again; a change of scopes while nobody followed is not.
            pool.ForgetSubjects();
        }

        switch (notice.Kind)
        {
            case LeaseNoticeKind.Recall:
                LogRecalled(notice.LeaseId, notice.Reason);
                pool.Recall(Guid.Parse(notice.LeaseId));
                break;
            case LeaseNoticeKind.ScopesChanged:
                pool.ForgetSubjects();
                break;
            case LeaseNoticeKind.Heartbeat or LeaseNoticeKind.Unspecified:
                break;
        }
    }

    [LoggerMessage(LogLevel.Information, "Lease {LeaseId} is recalled: {Reason}")]
    private partial void LogRecalled(string leaseId, string reason);
}
