using Npgsql;
using Platform.Wallet.Holds;

namespace Platform.Wallet.Ledger;

/// <summary>
/// Listens to what other replicas do to wallets: makes new ones known, and wakes who waits for funds. While the connection is lost nothing is heard; the next one
/// begins by reading all wallets and waking everybody. A question a second finds a connection that is dead and does not say so.
/// </summary>
internal sealed partial class WalletFeed(
    NpgsqlDataSource dataSource, KnownWallets known, HoldWriter writer, TimeProvider time, ILogger<WalletFeed> log) : BackgroundService
{
    private const int TimeoutSeconds = 3;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

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

            await Task.Delay(Silence, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(stoppingToken);
        connection.Notification += (_, notification) => Hear(notification);
        await ExecuteAsync(connection, $"LISTEN {FundsSignal.FundsChannel}; LISTEN {FundsSignal.CreatedChannel}", stoppingToken);
        await known.RefreshAsync(stoppingToken);
        writer.Wake(null);
        while (true)
        {
            if (!await connection.WaitAsync(Silence, stoppingToken))
            {
                await ExecuteAsync(connection, "SELECT 1", stoppingToken);
            }
        }
    }

    private void Hear(NpgsqlNotificationEventArgs notification)
    {
        if (notification.Channel == FundsSignal.FundsChannel)
        {
            writer.Wake(notification.Payload);
        }
        else
        {
            known.Add(notification.Payload);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = TimeoutSeconds };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "The database does not tell of wallets' changes; trying again. Calls that wait for funds are not woken meanwhile.")]
    private partial void LogFeedBroken(Exception exception);
}
