using Npgsql;
using NpgsqlTypes;

namespace Platform.Postgres.DeadMessages;

/// <summary>All SQL of dead messages.</summary>
internal sealed class DeadMessageStore(NpgsqlDataSource dataSource)
{
    private const string Columns = """
        dead_id, queue, message_id, message_type, content_type, body, failure_type, failure_message, failed_at, collected_at, state, ended_at, ended_by
        """;

    private const string Insert = """
        INSERT INTO dead_message (queue, message_id, message_type, content_type, body, failure_type, failure_message, failed_at, collected_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT DO NOTHING
        """;

    private const string Select = $"SELECT {Columns} FROM dead_message WHERE dead_id = $1";

    private const string SelectForUpdate = $"{Select} FOR UPDATE";

    // A body is a message of up to hundreds of kilobytes, so a page of them would be as many megabytes.
    private const string ListPage = """
        SELECT dead_id, queue, message_id, message_type, content_type, ''::bytea, failure_type, failure_message, failed_at, collected_at, state, ended_at, ended_by
        FROM dead_message WHERE state = $1 AND dead_id < $2 ORDER BY dead_id DESC LIMIT $3
        """;

    private const string UpdateState = "UPDATE dead_message SET state = $2, ended_at = $3, ended_by = $4 WHERE dead_id = $1";

    private const string CountWaiting = "SELECT count(*) FROM dead_message WHERE state = 1";

    // The failure's name is cut: it is written by whoever failed, and is part of a key.
    private const string ListWaiting = """
        SELECT w.queue, w.failure, w.messages, w.first_id, d.message_type
        FROM (SELECT queue, left(failure_type, 200) AS failure, count(*) AS messages, min(dead_id) AS first_id FROM dead_message WHERE state = 1 GROUP BY 1, 2) w
        JOIN dead_message d ON d.dead_id = w.first_id
        ORDER BY w.first_id
        """;

    /// <summary>False when this failure of this message is stored already.</summary>
    public async Task<bool> TryAddAsync(DeadMessageRow row, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await TryAddAsync(connection, null, row, cancellationToken);
    }

    public static async Task<bool> TryAddAsync(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, DeadMessageRow row, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, connection, transaction)
        {
            Parameters =
            {
                new() { Value = row.Queue }, new() { Value = row.MessageId }, new() { Value = row.MessageType }, new() { Value = row.ContentType },
                new() { Value = row.Body, NpgsqlDbType = NpgsqlDbType.Bytea }, new() { Value = row.FailureType }, new() { Value = row.FailureMessage },
                new() { Value = row.FailedAt }, new() { Value = row.CollectedAt },
            },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    public async Task<DeadMessageRow?> FindAsync(long deadId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Select);
        command.Parameters.Add(new() { Value = deadId });
        return await ReadOneAsync(command, cancellationToken);
    }

    /// <summary>The row, locked until the transaction ends, so that two operators decide one after the other.</summary>
    public static async Task<DeadMessageRow?> LockAsync(NpgsqlTransaction transaction, long deadId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SelectForUpdate, transaction.Connection, transaction) { Parameters = { new() { Value = deadId } } };
        return await ReadOneAsync(command, cancellationToken);
    }

    /// <summary>Messages in a state before a position, newest first, without their bodies.</summary>
    public async Task<List<DeadMessageRow>> ListAsync(DeadMessageState state, long before, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ListPage);
        command.Parameters.Add(new() { Value = (short)state });
        command.Parameters.Add(new() { Value = before });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<DeadMessageRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(Read(reader));
        }

        return rows;
    }

    public static async Task EndAsync(NpgsqlTransaction transaction, DeadMessageRow ended, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(UpdateState, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = ended.DeadId }, new() { Value = (short)ended.State }, new() { Value = ended.EndedAt!.Value }, new() { Value = ended.EndedBy },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>How many wait for a decision.</summary>
    public async Task<long> CountWaitingAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(CountWaiting);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>What waits for a decision, by queue and kind of failure; the longest waiting first.</summary>
    public static async Task<List<WaitingMessages>> ListWaitingAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ListWaiting, transaction.Connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var waiting = new List<WaitingMessages>();
        while (await reader.ReadAsync(cancellationToken))
        {
            waiting.Add(new WaitingMessages(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetString(4)));
        }

        return waiting;
    }

    private static async Task<DeadMessageRow?> ReadOneAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    private static DeadMessageRow Read(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetFieldValue<byte[]>(5),
        reader.GetString(6), reader.GetString(7), reader.GetFieldValue<DateTimeOffset>(8), reader.GetFieldValue<DateTimeOffset>(9),
        (DeadMessageState)reader.GetInt16(10), reader.GetFieldValue<DateTimeOffset?>(11), reader.GetString(12));
}
