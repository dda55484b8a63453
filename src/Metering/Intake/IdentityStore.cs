using Npgsql;
using NpgsqlTypes;

namespace Platform.Metering.Intake;

/// <summary>Who every event is that was ever accepted: usage_identity, where no event and no attempt stands twice.</summary>
internal static class IdentityStore
{
    private const string Copy = "COPY usage_identity (identity_key, attempt_id, occurred_at, cost_nanos, is_correction) FROM STDIN (FORMAT BINARY)";
    private const string Savepoint = "identities";

    private const string Insert = """
        INSERT INTO usage_identity (identity_key, attempt_id, occurred_at, cost_nanos, is_correction)
        SELECT * FROM unnest($1, $2, $3, $4, $5) AS batch (identity_key, attempt_id, occurred_at, cost_nanos, is_correction)
        WHERE occurred_at >= (SELECT kept_from FROM usage_watermark)
        ON CONFLICT DO NOTHING
        RETURNING identity_key
        """;

    private const string SelectKnown = """
        SELECT identity_key, coalesce(record_id, identity_key), cost_nanos FROM usage_identity WHERE identity_key = ANY($1)
        """;

    private const string Delete = "DELETE FROM usage_identity WHERE identity_key = ANY($1)";

    // Read before the records' sums, in a statement of its own, so that those are read with the lock held. By key and one by one, because "by this or by that" is read from
    // the whole table where the database does not know yet how large it has become.
    private const string LockAll = """
        SELECT FROM usage_identity
        WHERE identity_key = ANY($1 || ARRAY(
            SELECT other.identity_key FROM unnest($1) AS asked (record_id)
                CROSS JOIN LATERAL (SELECT identity_key FROM usage_identity i WHERE i.record_id = asked.record_id LIMIT 1) AS other))
        ORDER BY identity_key FOR NO KEY UPDATE
        """;

    /// <summary>
    /// Makes all of them known, or none: false when one is known already, by its key or its attempt. Half the price of <see cref="AddAsync"/>, which looks before
    /// it writes.
    /// </summary>
    /// <param name="rows">By record id, each once: two groups that share events meet in one order. None too old to be taken in.</param>
    public static async Task<bool> TryAddAllAsync(NpgsqlTransaction transaction, IReadOnlyList<RatedUsage> rows, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync(Savepoint, cancellationToken);
        try
        {
            await CopyRows.WriteAsync(transaction, Copy, rows, Write, cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            await transaction.RollbackAsync(Savepoint, cancellationToken);
            return false;
        }

        await transaction.ReleaseAsync(Savepoint, cancellationToken);
        return true;
    }

    /// <summary>Makes what is new and not too old known. Answers, by position, which ones are.</summary>
    /// <param name="rows">As of <see cref="TryAddAllAsync"/>.</param>
    public static async Task<bool[]> AddAsync(NpgsqlTransaction transaction, IReadOnlyList<RatedUsage> rows, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction)
        {
            Parameters =
            {
                Array(rows, NpgsqlDbType.Uuid, usage => usage.RecordId),
                Array(rows, NpgsqlDbType.Uuid, usage => usage.AttemptId),
                Array(rows, NpgsqlDbType.TimestampTz, usage => usage.OccurredAt),
                Array(rows, NpgsqlDbType.Bigint, usage => usage.Cost?.TotalNanos),
                Array(rows, NpgsqlDbType.Boolean, usage => usage.CorrectsRecordId is not null),
            },
        };
        await command.PrepareAsync(cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var isNew = new bool[rows.Count];
        var position = 0;
        while (await reader.ReadAsync(cancellationToken))
        {
            // They come back in the order in which they were sent.
            var key = reader.GetGuid(0);
            while (rows[position].RecordId != key)
            {
                position++;
            }

            isNew[position++] = true;
        }

        return isNew;
    }

    /// <summary>What is known of those keys.</summary>
    public static async Task<Dictionary<Guid, KnownRecord>> ReadKnownAsync(NpgsqlConnection connection, Guid[] keys, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SelectKnown, connection) { Parameters = { new() { Value = keys } } };
        await command.PrepareAsync(cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var known = new Dictionary<Guid, KnownRecord>(keys.Length);
        while (await reader.ReadAsync(cancellationToken))
        {
            known.Add(reader.GetGuid(0), new KnownRecord(reader.GetGuid(1), reader.GetFieldValue<long?>(2)));
        }

        return known;
    }

    /// <summary>Keeps these records' corrections to this transaction until it ends.</summary>
    public static Task LockAsync(NpgsqlTransaction transaction, Guid[] recordIds, CancellationToken cancellationToken) =>
        ExecuteAsync(transaction, LockAll, recordIds, cancellationToken);

    /// <summary>Takes identities of this transaction back, of rows that turned out not to be taken.</summary>
    public static Task RemoveAsync(NpgsqlTransaction transaction, Guid[] keys, CancellationToken cancellationToken) =>
        ExecuteAsync(transaction, Delete, keys, cancellationToken);

    private static async Task ExecuteAsync(NpgsqlTransaction transaction, string sql, Guid[] ids, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction) { Parameters = { new() { Value = ids } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void Write(CopyBuffer row, RatedUsage usage)
    {
        row.BeginRow(5);
        row.Write(usage.RecordId);
        row.Write(usage.AttemptId);
        row.Write(usage.OccurredAt);
        row.Write(usage.Cost?.TotalNanos);
        row.Write(usage.CorrectsRecordId is not null);
    }

    private static NpgsqlParameter<T[]> Array<T>(IReadOnlyList<RatedUsage> rows, NpgsqlDbType type, Func<RatedUsage, T> select)
    {
        var values = new T[rows.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = select(rows[i]);
        }

        return new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }
}
