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
/// takes rows that no other has locked. A publish is mandatory when somebody consumes the event: one that no queue would receive stays in the outbox, as one does of which a queue is full, and the
/// other kinds go on (<see cref="RestingKinds"/>, decision 0296). An event that nobody consumes yet is published all the same, for whoever binds a queue to it. One that the broker never takes, or that this version does not know, goes among the dead messages.
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

    // What rests is passed over, but for one event of each kind that is due. While nothing rests, all else behind the first condition is never looked at.
    private const string TakeBatch = """
        SELECT outbox_id, message_id, message_type, body, traceparent FROM outbox
        WHERE message_type <> ALL($2)
            OR outbox_id = ANY(ARRAY(SELECT (SELECT o.outbox_id FROM outbox o WHERE o.message_type = kind ORDER BY o.outbox_id LIMIT 1) FROM unnest($3) kind))
        ORDER BY outbox_id LIMIT $1 FOR UPDATE SKIP LOCKED
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

    private readonly RestingKinds _resting = new(time);
    private readonly PublishRefusals _refusals = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var watch = bus.ConnectPublishObserver(_refusals);
        while (!stoppingToken.IsCancellationRequested)
        {
            var isMore = false;
            try
            {
                isMore = await RelayBatchAsync(stoppingToken);
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

            if (!isMore)
            {
                await outbox.WaitForWorkAsync(PollInterval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>What it took is gone from the outbox, but for events that no queue would receive or that one refused.</summary>
    /// <returns>Whether there may be more to take at once.</returns>
    private async Task<bool> RelayBatchAsync(CancellationToken cancellationToken)
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
        PublishOutcome[] outcomes;
        try
        {
            outcomes = await Task.WhenAll(rows.Select(row => row.Type is { } type ? TryPublishAsync(row, type, limit.Token) : Task.FromResult(PublishOutcome.Taken)));
        }
        catch (Exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            if (!await TrySetAsideRefusedAsync(connection, transaction, rows, cancellationToken))
            {
                throw;
            }

            return rows.Count == BatchSize;
        }

        await DeleteAsync(connection, transaction, rows.Where((_, place) => outcomes[place] == PublishOutcome.Taken), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Note(rows, outcomes) || rows.Count == BatchSize;
    }

    /// <returns>Whether a kind of event goes again that rested.</returns>
    private bool Note(List<OutboxRow> rows, PublishOutcome[] outcomes)
    {
        var goesAgain = false;
        foreach (var kind in rows.Zip(outcomes).ToLookup(one => one.First.MessageType, one => one.Second))
        {
            goesAgain |= _resting.Note(kind.Key, kind.All(outcome => outcome == PublishOutcome.Taken));
            if (kind.Contains(PublishOutcome.Returned))
            {
                LogReturned(kind.Key);
            }

            if (kind.Contains(PublishOutcome.Refused))
            {
                LogFull(kind.Key);
            }
        }

        return goesAgain;
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
        await using var command = new NpgsqlCommand(TakeBatch, connection, transaction) { Parameters = { new() { Value = BatchSize }, new() { Value = _resting.All }, new() { Value = _resting.Due } } };
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

    private async Task<PublishOutcome> TryPublishAsync(OutboxRow row, Type type, CancellationToken cancellationToken)
    {
        try
        {
            return await _refusals.TryAsync(row.MessageId, token => PublishAsync(row, type, token), cancellationToken) ? PublishOutcome.Taken : PublishOutcome.Refused;
        }
        catch (MessageReturnedException)
        {
            return PublishOutcome.Returned;
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

    [LoggerMessage(LogLevel.Warning, "No queue receives {Type}: does the service that consumes it run? Its events stay in the outbox and are tried again; others go on.")]
    private partial void LogReturned(string type);

    [LoggerMessage(LogLevel.Warning, "The broker refuses {Type}: a queue of it is full. Its events stay in the outbox and are tried again; others go on.")]
    private partial void LogFull(string type);

    [LoggerMessage(LogLevel.Error, "Event {MessageId} of the outbox is {MessageType}, which this version does not know. It waits for a decision: kt messages dead list.")]
    private partial void LogUnknown(Guid messageId, string messageType);

    [LoggerMessage(LogLevel.Error, "Event {MessageId} of the outbox, a {MessageType} of {Bytes} bytes, is more than the broker takes: {Refusal} It waits for a decision: kt messages dead list.")]
    private partial void LogRefused(Guid messageId, string messageType, int bytes, string refusal);

    private enum PublishOutcome
    {
        Taken,

        /// <summary>No queue would receive it.</summary>
        Returned,

        /// <summary>A queue that should receive it refuses it, as one does that is full; others may have it.</summary>
        Refused,
    }

    /// <param name="Type">Null when this version knows no such event.</param>
    private sealed record OutboxRow(long OutboxId, Guid MessageId, string MessageType, Type? Type, byte[] Body, string? Traceparent);
}
