using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Platform.Postgres.DeadMessages;
using RabbitMQ.Client.Exceptions;

namespace Platform.Postgres;

/// <summary>
/// Publishes what the outbox holds, oldest first, and deletes a row only after the broker has confirmed it. Several replicas may relay at once: each
/// takes rows that no other has locked. A publish is mandatory when somebody consumes the event: one that no queue would receive stays in the outbox, and those
/// behind it go on. An event that nobody consumes yet is published all the same, for whoever binds a queue to it. One that the broker does not take, or that this version does not know, goes among the dead messages.
/// </summary>
/// <param name="contracts">The assembly that declares the event types.</param>
/// <param name="hasConsumer">Whether a queue of this platform must receive an event of the type.</param>
internal sealed partial class OutboxRelay(
    NpgsqlDataSource dataSource, Outbox outbox, IBus bus, Assembly contracts, Func<Type, bool> hasConsumer, BrokerRefusal refusal, TimeProvider time,
    ILogger<OutboxRelay> log)
    : BackgroundService
{
    internal const string ActivitySourceName = "Platform.Outbox";

    private const int BatchSize = 64;

    private const string TakeBatch = """
        SELECT outbox_id, message_id, message_type, body, traceparent FROM outbox WHERE outbox_id > $2 ORDER BY outbox_id LIMIT $1 FOR UPDATE SKIP LOCKED
        """;

    private const string DeleteSent = "DELETE FROM outbox WHERE outbox_id = ANY($1)";

    private static readonly ActivitySource Source = new(ActivitySourceName);

    /// <summary>How long a row may wait when its writer could not wake the relay (it died after its commit).</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long the broker may take to confirm a batch. A publish whose connection dies at the wrong moment waits for a confirm that never comes, and would
    /// keep its rows from every other replica; given up, they are published again.
    /// </summary>
    private static readonly TimeSpan ConfirmLimit = TimeSpan.FromSeconds(15);

    /// <summary>Behind what no queue took in this round; all that the outbox holds is tried again with the next.</summary>
    private long _after;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var relayed = 0;
            try
            {
                relayed = await RelayBatchAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The relay's edge: the transaction rolled back, so the rows are still owed, and whatever failed, the next round tries again. Letting it
                // pass would stop the service for a broker's restart.
                LogRelayFailed(exception);
            }

            if (relayed < BatchSize)
            {
                _after = 0;
                await outbox.WaitForWorkAsync(PollInterval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>How many it took; all but those that no queue would receive are gone from the outbox.</summary>
    private async Task<int> RelayBatchAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var rows = await TakeAsync(connection, transaction, cancellationToken);
        foreach (var unknown in rows.Where(row => row.Type is null))
        {
            // One event that this version does not know must not keep the others waiting; it is kept apart, and a replay brings it back.
            LogUnknown(unknown.MessageId, unknown.MessageType);
            await DeadMessageStore.TryAddAsync(connection, transaction, ToDead(unknown, typeof(InvalidOperationException), $"{unknown.MessageType} is no event of this version."), cancellationToken);
        }

        using var patience = new CancellationTokenSource(ConfirmLimit, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        bool[] isSent;
        try
        {
            isSent = await Task.WhenAll(rows.Select(row => row.Type is { } type ? TryPublishAsync(row, type, limit.Token) : Task.FromResult(true)));
        }
        catch (Exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            if (!await TrySetAsideRefusedAsync(connection, transaction, rows, cancellationToken))
            {
                throw;
            }

            return rows.Count;
        }

        await DeleteAsync(connection, transaction, rows.Where((_, place) => isSent[place]), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        List<OutboxRow> kept = [.. rows.Where((_, place) => !isSent[place])];
        if (kept.Count > 0)
        {
            LogReturned(kept.Count, string.Join(", ", kept.Select(row => row.MessageType).Distinct()));
            _after = rows[^1].OutboxId;
        }

        return rows.Count;
    }

    /// <summary>
    /// What became of a batch that the broker did not confirm: where it will never take the largest event, none of them is ever confirmed. Without that one the others go in the next round.
    /// </summary>
    /// <returns>False when it refuses none.</returns>
    private async Task<bool> TrySetAsideRefusedAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, List<OutboxRow> rows, CancellationToken cancellationToken)
    {
        var largest = rows.Where(row => row.Type is not null).MaxBy(row => row.Body.Length)!;
        if (await refusal.FindAsync(largest.Body.Length, cancellationToken) is not { } why)
        {
            return false;
        }

        LogRefused(largest.MessageId, largest.MessageType, largest.Body.Length, why);
        await DeadMessageStore.TryAddAsync(connection, transaction, ToDead(largest, typeof(OperationInterruptedException), $"The broker does not take an event of {largest.Body.Length} bytes: {why}"), cancellationToken);
        await DeleteAsync(connection, transaction, rows.Where(row => row == largest || row.Type is null), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private static async Task DeleteAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, IEnumerable<OutboxRow> rows, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(DeleteSent, connection, transaction) { Parameters = { new() { Value = rows.Select(row => row.OutboxId).ToArray() } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<List<OutboxRow>> TakeAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(TakeBatch, connection, transaction) { Parameters = { new() { Value = BatchSize }, new() { Value = _after } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<OutboxRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var type = reader.GetString(2);
            rows.Add(new OutboxRow(
                reader.GetInt64(0), reader.GetGuid(1), type, contracts.GetType(type), reader.GetFieldValue<byte[]>(3),
                await reader.IsDBNullAsync(4, cancellationToken) ? null : reader.GetString(4)));
        }

        return rows;
    }

    private DeadMessageRow ToDead(OutboxRow row, Type failure, string why) => new(
        0, DeadMessageRow.OutboxQueue, row.MessageId.ToString(), row.MessageType, "application/json", row.Body,
        failure.FullName!, why, time.GetUtcNow(), time.GetUtcNow());

    /// <summary>False when no queue would receive it.</summary>
    private async Task<bool> TryPublishAsync(OutboxRow row, Type type, CancellationToken cancellationToken)
    {
        try
        {
            await PublishAsync(row, type, cancellationToken);
            return true;
        }
        catch (MessageReturnedException)
        {
            return false;
        }
    }

    private async Task PublishAsync(OutboxRow row, Type type, CancellationToken cancellationToken)
    {
        using var activity = Source.StartActivity("outbox publish", ActivityKind.Producer, row.Traceparent ?? default);

        // The bus takes its route from the event's type; what it sends is what was written.
        await bus.Publish(RuntimeHelpers.GetUninitializedObject(type), type, context =>
        {
            context.MessageId = row.MessageId;
            context.Serializer = new WrittenMessage(row.Body);
            if (context.TryGetPayload<RabbitMqSendContext>(out var rabbit))
            {
                rabbit.Mandatory = hasConsumer(type);
            }
        }, cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "Publishing from the outbox failed; the events stay there and are tried again.")]
    private partial void LogRelayFailed(Exception exception);

    [LoggerMessage(LogLevel.Warning, "No queue receives {Events} events ({Types}): does the service that consumes them run? They stay in the outbox and are tried again.")]
    private partial void LogReturned(int events, string types);

    [LoggerMessage(LogLevel.Error, "Event {MessageId} of the outbox is {MessageType}, which this version does not know. It waits for a decision: kt messages dead list.")]
    private partial void LogUnknown(Guid messageId, string messageType);

    [LoggerMessage(LogLevel.Error, "Event {MessageId} of the outbox, a {MessageType} of {Bytes} bytes, is more than the broker takes: {Refusal} It waits for a decision: kt messages dead list.")]
    private partial void LogRefused(Guid messageId, string messageType, int bytes, string refusal);

    /// <param name="Type">Null when this version knows no such event.</param>
    private sealed record OutboxRow(long OutboxId, Guid MessageId, string MessageType, Type? Type, byte[] Body, string? Traceparent);
}
