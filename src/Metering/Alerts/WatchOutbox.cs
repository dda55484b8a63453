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

    // The first of them, by the index that there is: what waits after hours without a broker is much to be counted at each look, while others wait to tell of theirs.
    private const string SelectOldest = "SELECT recorded_at FROM outbox ORDER BY outbox_id LIMIT 1";
    private const string CountWaiting = "SELECT count(*) FROM outbox WHERE recorded_at <= $1";
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(LookInterval, time, stoppingToken);
        await LookLoop.RunAsync(LookAsync, LogLookFailed, LookInterval, time, log, stoppingToken);
    }

    /// <summary>True when an alert was raised.</summary>
    internal async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Conditions.EnterAsync(transaction, cancellationToken);
        var oldest = await ReadOldestAsync(transaction, cancellationToken);
        telemetry.Unposted(oldest is null ? TimeSpan.Zero : now - oldest.Value);
        var before = now.AddSeconds(-options.Value.UnpostedAfterSeconds);
        var isNew = oldest <= before && await Conditions.TryBeginAsync(transaction, Condition, now, cancellationToken);
        if (isNew)
        {
            var messages = await CountAsync(transaction, before, cancellationToken);
            await raise.AddAsync(transaction, AlertOfUndelivered.UsageUnposted(Guid.CreateVersion7(now), messages, oldest!.Value, now), cancellationToken);
        }
        else if (oldest is null || oldest > before)
        {
            await Conditions.EndAsync(transaction, Condition, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        if (isNew)
        {
            signal.Wake();
        }

        return isNew;
    }

    /// <summary>Since when the one that has waited longest has; null when none waits.</summary>
    private static async Task<DateTimeOffset?> ReadOldestAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SelectOldest, transaction.Connection, transaction);
        return await command.ExecuteScalarAsync(cancellationToken) is DateTime oldest ? new DateTimeOffset(oldest) : null;
    }

    private static async Task<long> CountAsync(NpgsqlTransaction transaction, DateTimeOffset before, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(CountWaiting, transaction.Connection, transaction) { Parameters = { new() { Value = before } } };
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    [LoggerMessage(LogLevel.Warning, "Looking at the age of unposted usage failed; the next round looks again.")]
    private partial void LogLookFailed(Exception exception);
}
