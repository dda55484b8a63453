using Npgsql;

namespace Platform.Wallet.Controls;

/// <summary>
/// Keeps this replica's caps up to date: PostgreSQL notifies every replica at a change's commit; a look at least once a second catches what a lost connection
/// missed. Before the server listens all caps are there.
/// </summary>
internal sealed partial class CapFeed(NpgsqlDataSource dataSource, CapStore store, CapDirectory directory, TimeProvider time, ILogger<CapFeed> log)
    : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Reads what changed since the last look.</summary>
    internal async Task RefreshAsync(CancellationToken cancellationToken)
    {
        // The revision first: whatever has it or an earlier one is visible to the second statement.
        if (await store.ReadRevisionAsync(cancellationToken) > directory.Revision)
        {
            directory.Apply(await store.ListChangesAsync(directory.Revision, cancellationToken));
        }
    }

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

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(stoppingToken);
        await using (var listen = new NpgsqlCommand($"LISTEN {CapStore.Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(stoppingToken);
        }

        while (true)
        {
            await RefreshAsync(stoppingToken);
            await connection.WaitAsync(LookInterval, stoppingToken);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The database does not tell of changes of caps; trying again.")]
    private partial void LogFeedBroken(Exception exception);
}
