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
    private const string InsertAll = """
        INSERT INTO outbox (message_id, message_type, body, traceparent, recorded_at)
        SELECT message_id, message_type, body, traceparent, $5
        FROM unnest($1::uuid[], $2::text[], $3::json[], $4::text[]) WITH ORDINALITY AS o(message_id, message_type, body, traceparent, position)
        ORDER BY position
        """;

    private const string Copy = "COPY outbox (message_id, message_type, body, traceparent, recorded_at) FROM STDIN (FORMAT BINARY)";

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
                new() { Value = JsonSerializer.Serialize(message, OutboxJson.Options), NpgsqlDbType = NpgsqlDbType.Json },
                new() { Value = (object?)Activity.Current?.Id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = time.GetUtcNow() },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>As <see cref="AddAsync"/> for several events, as part of a batch that the caller executes; nothing for none.</summary>
    public static void AddTo(NpgsqlBatch batch, IReadOnlyCollection<OwedEvent> events, DateTimeOffset now)
    {
        if (events.Count == 0)
        {
            return;
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand(InsertAll)
        {
            Parameters =
            {
                new() { Value = events.Select(owed => owed.MessageId).ToArray() },
                new() { Value = events.Select(owed => owed.Message.GetType().FullName!).ToArray() },
                new()
                {
                    Value = events.Select(owed => JsonSerializer.Serialize(owed.Message, owed.Message.GetType(), OutboxJson.Options)).ToArray(),
                    NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Json,
                },
                new() { Value = events.Select(owed => owed.Traceparent).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = now },
            },
        });
    }

    /// <summary>As <see cref="AddAsync"/> for events of any size: by COPY, so that each passes once and alone.</summary>
    public static async Task CopyAsync(NpgsqlTransaction transaction, IEnumerable<OwedEvent> events, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var copy = await transaction.Connection!.BeginBinaryImportAsync(Copy, cancellationToken);
        foreach (var owed in events)
        {
            var type = owed.Message.GetType();
            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync(owed.MessageId, NpgsqlDbType.Uuid, cancellationToken);
            await copy.WriteAsync(type.FullName!, NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(owed.Message, type, OutboxJson.Options), NpgsqlDbType.Json, cancellationToken);
            await copy.WriteAsync(owed.Traceparent, NpgsqlDbType.Text, cancellationToken);
            await copy.WriteAsync(now, NpgsqlDbType.TimestampTz, cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
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

/// <param name="MessageId">Identity that consumers' inboxes know the message by; UUID version 7.</param>
/// <param name="Message">An event of Contracts.</param>
/// <param name="Traceparent">The trace that it belongs to; null for none.</param>
public readonly record struct OwedEvent(Guid MessageId, object Message, string? Traceparent = null);

internal static class OutboxJson
{
    internal static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);
}
