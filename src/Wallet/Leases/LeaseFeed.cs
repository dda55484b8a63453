using Npgsql;

namespace Platform.Wallet.Leases;

/// <summary>
/// Keeps this replica's notices up to date: PostgreSQL tells every replica at a recall's commit; a look at least once a second catches what a lost connection
/// missed, and says that this replica's streams are open.
/// </summary>
internal sealed partial class LeaseFeed(
    NpgsqlDataSource dataSource, LeaseNoticeStore store, LeaseNotices notices, TimeProvider time, ILogger<LeaseFeed> log) : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>One look at a time: an older answer must not overwrite a newer one, nor say that a stream is open which has ended meanwhile.</summary>
    private readonly SemaphoreSlim _looking = new(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                LogFeedBroken(exception);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(LookInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Reads what stands for the holders that have a stream here.</summary>
    internal async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _looking.WaitAsync(cancellationToken);
        try
        {
            var (streams, holders) = notices.Open;
            var (revision, recalls) = await store.RefreshAsync(streams, holders, cancellationToken);
            notices.Apply(revision, recalls);
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

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(stoppingToken);
        await using (var listen = new NpgsqlCommand($"LISTEN {LeaseRecall.Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(stoppingToken);
        }

        while (true)
        {
            await RefreshAsync(stoppingToken);
            await connection.WaitAsync(LookInterval, stoppingToken);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The database does not tell of recalled leases; trying again.")]
    private partial void LogFeedBroken(Exception exception);
}
