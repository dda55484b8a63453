using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Metering.Alerts.Delivery;
using Platform.Postgres;

namespace Platform.Metering.Alerts;

/// <summary>
/// Looks whether metered usage leaves for the ledger: what waits in this service's outbox for too long is an alert, once until the outbox is empty of old events again.
/// Replicas may look at once.
/// </summary>
internal sealed partial class WatchOutbox(
    NpgsqlDataSource dataSource, RaiseAlert raise, AlertSignal signal, AlertTelemetry telemetry, IOptions<AlertOptions> options, TimeProvider time, ILogger<WatchOutbox> log)
    : BackgroundService
{
    private const string Condition = "usage unposted";
    private const string ReadOldest = "SELECT count(*) FILTER (WHERE recorded_at <= $1), min(recorded_at) FROM outbox";
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(LookInterval, time, stoppingToken);
        await LookLoop.RunAsync(LookAsync, LogLookFailed, LookInterval, time, stoppingToken);
    }

    /// <summary>True when an alert was raised.</summary>
    internal async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Conditions.EnterAsync(transaction, cancellationToken);
        var (messages, oldest) = await ReadAsync(transaction, now.AddSeconds(-options.Value.UnpostedAfterSeconds), cancellationToken);
        telemetry.Unposted(oldest is null ? TimeSpan.Zero : now - oldest.Value);
        var isNew = messages > 0 && await Conditions.TryBeginAsync(transaction, Condition, now, cancellationToken);
        if (messages == 0)
        {
            await Conditions.EndAsync(transaction, Condition, cancellationToken);
        }
        else if (isNew)
        {
            await raise.AddAsync(transaction, AlertOfUndelivered.UsageUnposted(Guid.CreateVersion7(now), messages, oldest!.Value, now), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        if (isNew)
        {
            signal.Wake();
        }

        return isNew;
    }

    /// <summary>How many have waited since before, and since when the oldest of all has.</summary>
    private static async Task<(long Messages, DateTimeOffset? Oldest)> ReadAsync(NpgsqlTransaction transaction, DateTimeOffset before, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadOldest, transaction.Connection, transaction) { Parameters = { new() { Value = before } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset?>(1));
    }

    [LoggerMessage(LogLevel.Warning, "Looking at the age of unposted usage failed; the next round looks again.")]
    private partial void LogLookFailed(Exception exception);
}
