using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Platform.Postgres;

/// <summary>
/// Keeps what a replica has in memory up to date with the database: PostgreSQL notifies every listener at a change's commit, and a look at least once a second
/// catches what a lost connection missed. A connection that breaks is opened again.
/// </summary>
/// <param name="channels">What to listen to.</param>
public abstract partial class DatabaseFeed(NpgsqlDataSource dataSource, TimeProvider time, ILogger log, params string[] channels) : BackgroundService
{
    private const int TimeoutSeconds = 3;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    protected TimeProvider Time => time;

    /// <summary>Called when a connection listens (what was told before that is lost), after every notification, and at least once a second.</summary>
    protected abstract Task LookAsync(FeedLook look, CancellationToken cancellationToken);

    /// <summary>A notification as it arrives, before the look that follows it.</summary>
    protected virtual void Hear(string channel, string payload)
    {
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
                LogBroken(exception, string.Join(", ", channels));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The loop's edge, as in LookLoop.
                FailingLoops.Failed(GetType().Name, exception);
                LogLookFailed(exception, string.Join(", ", channels));
            }

            await Task.Delay(LookInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(stoppingToken);
        connection.Notification += (_, told) => Hear(told.Channel, told.Payload);
        await ExecuteAsync(connection, string.Join("; ", channels.Select(channel => $"LISTEN {channel}")), stoppingToken);
        await LookAsync(FeedLook.First, stoppingToken);
        FailingLoops.Succeeded(GetType().Name);
        while (true)
        {
            if (await connection.WaitAsync(LookInterval, stoppingToken))
            {
                await LookAsync(FeedLook.Told, stoppingToken);
            }
            else
            {
                // Finds a connection that is dead and does not say so.
                await ExecuteAsync(connection, "SELECT 1", stoppingToken);
                await LookAsync(FeedLook.Idle, stoppingToken);
            }
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = TimeoutSeconds };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "The database does not tell of changes ({Channels}); trying again.")]
    private partial void LogBroken(Exception exception, string channels);

    [LoggerMessage(LogLevel.Error, "Following what the database tells ({Channels}) failed for what is in it; trying again.")]
    private partial void LogLookFailed(Exception exception, string channels);
}

/// <summary>Why a feed looks.</summary>
public enum FeedLook
{
    /// <summary>It listens from now on.</summary>
    First,

    /// <summary>A notification came.</summary>
    Told,

    /// <summary>Nothing came for a second.</summary>
    Idle,
}
