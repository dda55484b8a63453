using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Metering.Alerts.Delivery;

namespace Platform.Metering.Alerts;

/// <summary>
/// Looks whether metered usage leaves for the ledger: what waits in this service's outbox for too long is an alert, once until the outbox is empty of old events again.
/// Replicas may look at once.
/// </summary>
internal sealed partial class WatchOutbox(
    NpgsqlDataSource dataSource, AlertStore alerts, RaiseAlert raise, AlertSignal signal, IOptions<AlertOptions> options, TimeProvider time, ILogger<WatchOutbox> log)
    : BackgroundService
{
    private const string Condition = "usage unposted";
    private const string ReadOldest = "SELECT count(*), min(recorded_at) FROM outbox WHERE recorded_at <= $1";
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                LogLookFailed(exception);
            }
        }
    }

    /// <summary>True when an alert was raised.</summary>
    internal async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (messages, oldest) = await ReadAsync(now.AddSeconds(-options.Value.UnpostedAfterSeconds), cancellationToken);
        if (oldest is null)
        {
            await alerts.EndConditionAsync(Condition, cancellationToken);
            return false;
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await AlertStore.TryBeginConditionAsync(transaction, Condition, now, cancellationToken))
        {
            return false;
        }

        await raise.AddAsync(transaction, AlertOf.UsageUnposted(Guid.CreateVersion7(now), messages, oldest.Value, now), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        signal.Wake();
        return true;
    }

    private async Task<(long Messages, DateTimeOffset? Oldest)> ReadAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ReadOldest);
        command.Parameters.Add(new() { Value = before });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset?>(1));
    }

    [LoggerMessage(LogLevel.Warning, "Looking at the age of unposted usage failed; the next round looks again.")]
    private partial void LogLookFailed(Exception exception);
}
