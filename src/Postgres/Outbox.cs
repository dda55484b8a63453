using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Platform.Postgres;

/// <summary>
/// Events leave a service by way of its database: the row stands in the business transaction, the <see cref="OutboxRelay"/> publishes it after the
/// commit, at least once.
/// </summary>
public sealed class Outbox(TimeProvider time)
{
    private readonly SemaphoreSlim _work = new(0, 1);

    /// <summary>Owes an event to the broker from this transaction's commit on.</summary>
    /// <param name="messageId">Identity that consumers' inboxes know the message by; UUID version 7.</param>
    public async Task AddAsync<T>(NpgsqlTransaction transaction, Guid messageId, T message, CancellationToken cancellationToken)
        where T : class
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO outbox (message_id, message_type, body, traceparent, recorded_at) VALUES ($1, $2, $3, $4, $5)",
            transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = messageId },
                new() { Value = typeof(T).FullName! },
                new() { Value = JsonSerializer.Serialize(message, OutboxJson.Options), NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = (object?)Activity.Current?.Id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = time.GetUtcNow() },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The same for several events, as part of a batch that the caller executes; nothing for none.</summary>
    /// <param name="messages">Each with its identity and the trace that it belongs to; null for none.</param>
    public void AddTo<T>(NpgsqlBatch batch, IReadOnlyCollection<(Guid MessageId, T Message, string? Traceparent)> messages)
        where T : class
    {
        if (messages.Count == 0)
        {
            return;
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            """
            INSERT INTO outbox (message_id, message_type, body, traceparent, recorded_at)
            SELECT message_id, $2, body, traceparent, $5
            FROM unnest($1::uuid[], $3::jsonb[], $4::text[]) WITH ORDINALITY AS m(message_id, body, traceparent, position)
            ORDER BY position
            """)
        {
            Parameters =
            {
                new() { Value = messages.Select(m => m.MessageId).ToArray() },
                new() { Value = typeof(T).FullName! },
                new()
                {
                    Value = messages.Select(m => JsonSerializer.Serialize(m.Message, OutboxJson.Options)).ToArray(),
                    NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb,
                },
                new() { Value = messages.Select(m => m.Traceparent).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = time.GetUtcNow() },
            },
        });
    }

    /// <summary>Wakes the relay; call it after the commit. Forgetting it costs latency, not the event.</summary>
    public void Wake()
    {
        lock (_work)
        {
            if (_work.CurrentCount == 0)
            {
                _work.Release();
            }
        }
    }

    internal Task WaitForWorkAsync(TimeSpan atMost, CancellationToken cancellationToken) => _work.WaitAsync(atMost, cancellationToken);
}

internal static class OutboxJson
{
    internal static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);
}
