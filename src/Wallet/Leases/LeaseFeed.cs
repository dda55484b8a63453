using Npgsql;
using Platform.Postgres;

namespace Platform.Wallet.Leases;

/// <summary>Keeps this replica's notices up to date, and says with every look that this replica's streams are open.</summary>
internal sealed class LeaseFeed(
    NpgsqlDataSource dataSource, LeaseNoticeStore store, LeaseNotices notices, TimeProvider time, ILogger<LeaseFeed> log)
    : DatabaseFeed(dataSource, time, log, LeaseRecall.Channel)
{
    /// <summary>One look at a time: an older answer must not overwrite a newer one, nor say that a stream is open which has ended meanwhile.</summary>
    private readonly SemaphoreSlim _looking = new(1);

    /// <summary>Reads what stands for the holders that have a stream here.</summary>
    internal async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _looking.WaitAsync(cancellationToken);
        try
        {
            var askedAt = Time.GetTimestamp();
            var (streams, holders) = notices.Open;
            var (revision, recalls) = await store.RefreshAsync(streams, holders, cancellationToken);
            notices.Apply(revision, recalls, askedAt);
        }
        finally
        {
            _looking.Release();
        }
    }

    /// <summary>Says that a stream has ended.</summary>
    internal async Task LeaveAsync(Guid stream, CancellationToken cancellationToken)
    {
        notices.Leave(stream);
        await _looking.WaitAsync(cancellationToken);
        try
        {
            await store.RemoveAsync(stream, cancellationToken);
        }
        finally
        {
            _looking.Release();
        }
    }

    public override void Dispose()
    {
        _looking.Dispose();
        base.Dispose();
    }

    protected override Task LookAsync(FeedLook look, CancellationToken cancellationToken) => RefreshAsync(cancellationToken);
}
