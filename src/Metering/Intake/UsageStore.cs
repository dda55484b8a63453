using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Intake;

/// <param name="CostNanos">Of the record and all its corrections so far.</param>
/// <param name="InputTokens">What the record's context tier follows from: all kinds of its input, or what it says where it stands for many requests.</param>
/// <param name="LeaseId">The lease that its attempt was drawn from; null for none.</param>
/// <param name="BoundNanos">What was set aside for the attempt in its lease.</param>
internal sealed record CorrectedRecord(
    string TeamId, Funding Funding, long CostNanos, long InputTokens, Guid? LeaseId, long BoundNanos, DateTimeOffset OccurredAt);

/// <summary>Writes usage: who an event is into usage_identity, where nothing stands twice, then what is new into usage_record by COPY.</summary>
internal static class UsageStore
{
    private const string InsertIdentities = """
        INSERT INTO usage_identity (identity_key, attempt_id, occurred_at, cost_nanos, is_correction)
        SELECT * FROM unnest($1, $2, $3, $4, $5) AS batch (identity_key, attempt_id, occurred_at, cost_nanos, is_correction)
        WHERE occurred_at >= (SELECT kept_from FROM usage_watermark)
        ON CONFLICT DO NOTHING
        RETURNING identity_key
        """;

    private const string SelectKnown = """
        SELECT identity_key, coalesce(record_id, identity_key), cost_nanos FROM usage_identity WHERE identity_key = ANY($1)
        """;

    private const string DeleteIdentities = "DELETE FROM usage_identity WHERE identity_key = ANY($1)";

    private const string SelectCorrected = """
        SELECT r.record_id, r.team_id, r.funding,
               coalesce(r.cost_nanos, 0) + coalesce((SELECT sum(c.cost_nanos) FROM usage_record c WHERE c.corrects_record_id = r.record_id), 0)::bigint,
               coalesce(r.context_tokens, r.input_tokens + r.cached_input_tokens + r.cache_write_tokens + r.cache_write_hour_tokens), r.lease_id, r.bound_nanos, r.occurred_at
        FROM usage_identity i
            JOIN usage_record r ON r.occurred_at = i.occurred_at AND r.attempt_id = i.attempt_id AND r.record_id = coalesce(i.record_id, i.identity_key)
        WHERE i.identity_key = ANY($1) OR i.record_id = ANY($1)
        """;

    // Apart from the sums, which must be read with the lock held.
    private const string LockIdentities = """
        SELECT FROM usage_identity WHERE identity_key = ANY($1) OR record_id = ANY($1) ORDER BY identity_key FOR NO KEY UPDATE
        """;

    /// <summary>Makes what is new and not too old known. Answers, by position, which ones are.</summary>
    /// <param name="rows">By record id, each once: two groups that share events meet in one order.</param>
    public static async Task<bool[]> AddIdentitiesAsync(NpgsqlTransaction transaction, IReadOnlyList<RatedUsage> rows, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(InsertIdentities, transaction.Connection, transaction)
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

    /// <summary>Takes identities of this transaction back, of rows that turned out not to be taken.</summary>
    public static async Task RemoveIdentitiesAsync(NpgsqlTransaction transaction, Guid[] keys, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(DeleteIdentities, transaction.Connection, transaction) { Parameters = { new() { Value = keys } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes the records of identities that were added in this transaction.</summary>
    public static async Task CopyAsync(
        NpgsqlTransaction transaction, IReadOnlyList<RatedUsage> rows, DateTimeOffset recordedAt, string currency, CancellationToken cancellationToken)
    {
        using var buffer = new CopyBuffer();
        await using var copy = await transaction.Connection!.BeginRawBinaryCopyAsync(UsageColumns.Copy, cancellationToken);
        buffer.Begin();
        foreach (var usage in rows)
        {
            UsageColumns.Write(buffer, usage, recordedAt, currency);
            if (buffer.IsFull)
            {
                await copy.WriteAsync(buffer.Written, cancellationToken);
                buffer.Clear();
            }
        }

        buffer.End();
        await copy.WriteAsync(buffer.Written, cancellationToken);
    }

    /// <summary>Those of the records that are stored and kept.</summary>
    /// <param name="transaction">Where corrections are decided: their records are locked, so that no two transactions take back the same money. Null: look only.</param>
    public static async Task<Dictionary<Guid, CorrectedRecord>> ReadCorrectedAsync(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, Guid[] recordIds, CancellationToken cancellationToken)
    {
        if (transaction is not null)
        {
            await using var lockThem = new NpgsqlCommand(LockIdentities, connection, transaction) { Parameters = { new() { Value = recordIds } } };
            await lockThem.ExecuteNonQueryAsync(cancellationToken);
        }

        var corrected = new Dictionary<Guid, CorrectedRecord>(recordIds.Length);
        await using var command = new NpgsqlCommand(SelectCorrected, connection) { Parameters = { new() { Value = recordIds } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            corrected.Add(
                reader.GetGuid(0),
                new CorrectedRecord(
                    reader.GetString(1), (Funding)reader.GetInt16(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetFieldValue<Guid?>(5),
                    reader.GetInt64(6), reader.GetFieldValue<DateTimeOffset>(7)));
        }

        return corrected;
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
