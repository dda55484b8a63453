using Npgsql;
using Platform.ServiceDefaults.Messaging;
using RabbitMQ.Client;

namespace Platform.Postgres.DeadMessages;

/// <summary>An operator's decision on a dead message: once, whatever is asked after it.</summary>
internal sealed class DecideDeadMessage(string broker, NpgsqlDataSource dataSource, Outbox outbox, TimeProvider time)
{
    private const string BackToOutbox = """
        INSERT INTO outbox (message_id, message_type, body, recorded_at) SELECT message_id::uuid, message_type, convert_from(body, 'UTF8')::json, $2
        FROM dead_message WHERE dead_id = $1
        """;

    /// <summary>Sends it to its queue again. Null when there is no such message.</summary>
    public async Task<DeadMessageRow?> ReplayAsync(long deadId, string actor, CancellationToken cancellationToken)
    {
        var replayed = await EndAsync(deadId, DeadMessageState.Replayed, actor, SendAgainAsync, cancellationToken);
        outbox.Wake();
        return replayed;
    }

    /// <summary>Keeps it from ever being handled. Null when there is no such message.</summary>
    public Task<DeadMessageRow?> DiscardAsync(long deadId, string actor, CancellationToken cancellationToken) =>
        EndAsync(deadId, DeadMessageState.Discarded, actor, (_, _, _) => Task.CompletedTask, cancellationToken);

    private async Task<DeadMessageRow?> EndAsync(
        long deadId, DeadMessageState state, string actor, Func<NpgsqlTransaction, DeadMessageRow, CancellationToken, Task> act,
        CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var row = await DeadMessageStore.LockAsync(transaction, deadId, cancellationToken);
        if (row is null || row.State != DeadMessageState.Dead)
        {
            return row;
        }

        // Sent before the commit: a crash between the two leaves the message dead, and a second replay is harmless, because consumers know it by its id.
        await act(transaction, row, cancellationToken);
        var ended = row with { State = state, EndedAt = time.GetUtcNow(), EndedBy = actor };
        await DeadMessageStore.EndAsync(transaction, ended, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return ended;
    }

    private async Task SendAgainAsync(NpgsqlTransaction transaction, DeadMessageRow row, CancellationToken cancellationToken)
    {
        if (row.Queue == DeadMessageRow.OutboxQueue)
        {
            await using var command = new NpgsqlCommand(BackToOutbox, transaction.Connection, transaction)
            {
                Parameters = { new() { Value = row.DeadId }, new() { Value = time.GetUtcNow() } },
            };
            await command.ExecuteNonQueryAsync(cancellationToken);
            return;
        }

        await using var connection = await BrokerConnection.OpenAsync(broker, "replay", time, cancellationToken);
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
        var properties = new BasicProperties
        {
            MessageId = row.MessageId, ContentType = row.ContentType, DeliveryMode = DeliveryModes.Persistent,
        };
        await channel.BasicPublishAsync("", row.Queue, mandatory: true, properties, row.Body, cancellationToken);
    }
}
