using Grpc.Core;
using Npgsql;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Leases;

/// <summary>Streams to a holder what it must act on: recalls until they are answered, changes of scopes, and a heartbeat when there is nothing.</summary>
internal sealed partial class WatchLeases(LeaseFeed feed, LeaseNotices notices, TimeProvider time, ILogger<WatchLeases> log)
{
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(2);

    public async Task RunAsync(string holder, IServerStreamWriter<LeaseNotice> stream, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        notices.Enter(id, holder);
        try
        {
            // From the first notice on the holder counts as live, here and at the other replicas.
            await feed.RefreshAsync(cancellationToken);
            await TellAsync(holder, stream, cancellationToken);
        }
        finally
        {
            await LeaveAsync(id);
        }
    }

    private async Task TellAsync(string holder, IServerStreamWriter<LeaseNotice> stream, CancellationToken cancellationToken)
    {
        long? told = null;
        while (true)
        {
            var (revision, recalls, changed) = notices.Read(holder);
            if (revision is { } current)
            {
                // The first notice of a stream says that anything may have changed before it.
                await stream.WriteAsync(
                    new LeaseNotice { Kind = current == told ? LeaseNoticeKind.Heartbeat : LeaseNoticeKind.ScopesChanged, ScopesRevision = current },
                    cancellationToken);
                told = current;
                foreach (var recall in recalls)
                {
                    await stream.WriteAsync(
                        new LeaseNotice
                        {
                            Kind = LeaseNoticeKind.Recall, LeaseId = recall.LeaseId.ToString(), Reason = recall.Reason, ScopesRevision = current,
                        },
                        cancellationToken);
                }
            }

            await Task.WhenAny(changed, Task.Delay(HeartbeatInterval, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    // Its caller is gone, so on a time of its own. Left undone, the row grows old and counts no more.
    private async Task LeaveAsync(Guid id)
    {
        using var timeout = new CancellationTokenSource(LeaveTimeout, time);
        try
        {
            await feed.LeaveAsync(id, timeout.Token);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
        {
            LogLeaveFailed(exception);
        }
    }

    [LoggerMessage(LogLevel.Debug, "A holder's stream ended and the database does not know; it counts as live for some seconds.")]
    private partial void LogLeaveFailed(Exception exception);
}
