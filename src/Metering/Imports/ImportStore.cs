using Google.Protobuf;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Imports;

/// <summary>All SQL of imports but of their records and rules.</summary>
internal sealed class ImportStore(NpgsqlDataSource dataSource)
{
    private const string Columns = """
        import_id, import_no, state, format, file_name, settings, rows, accepted, duplicates, changed, skipped, unmapped_refused, refused, unmapped, unpriced, calls,
        cost_nanos, created_at, created_by, first_occurred_at, last_occurred_at, finished_at, undo_asked_at, undo_asked_by, undo_note, undone, undone_until,
        undone_record, undone_at
        """;

    private const string Insert = """
        INSERT INTO usage_import (import_id, state, source, format, file_name, unmapped_team_id, settings, created_at, created_by)
        VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8)
        """;

    // The rows themselves, in the transaction that writes them: whoever adds them may have lost the connection that keeps the import from ending. Not the same lock: who
    // wants that alone waits for the adding, which waits for this, and nobody would see it.
    private const string LockOpen = "SELECT import_id FROM usage_import WHERE import_id = ANY($1) AND state = 1 ORDER BY import_id FOR SHARE";

    // Who adds rows holds it shared to the end, so that an undo begins behind all of them.
    private const string LockShared = "SELECT pg_advisory_xact_lock_shared(hashtextextended('usage_import ' || $1::text, 0))";
    private const string LockAlone = "SELECT pg_advisory_xact_lock(hashtextextended('usage_import ' || $1::text, 0))";

    private const string AddCounts = """
        UPDATE usage_import SET
            rows = rows + $2, accepted = accepted + $3, duplicates = duplicates + $4, changed = changed + $5, skipped = skipped + $6,
            unmapped_refused = unmapped_refused + $7, refused = refused + $8, unmapped = unmapped + $9, unpriced = unpriced + $10, calls = calls + $11,
            cost_nanos = cost_nanos + $12, first_occurred_at = least(first_occurred_at, $13), last_occurred_at = greatest(last_occurred_at, $14)
        WHERE import_id = $1
        """;

    // Sums of what a source states end where 64 bits do (ImportSums.StatedBeyond).
    private const string AddModel = """
        INSERT INTO usage_import_model AS kept (import_id, provider, model, stated_rows, stated_nanos, rated_nanos, unpriced_rows, unpriced_stated_nanos)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (import_id, provider, model) DO UPDATE SET
            stated_rows = kept.stated_rows + excluded.stated_rows,
            stated_nanos = least(kept.stated_nanos::numeric + excluded.stated_nanos, 9223372036854775807)::bigint,
            rated_nanos = kept.rated_nanos + excluded.rated_nanos,
            unpriced_rows = kept.unpriced_rows + excluded.unpriced_rows,
            unpriced_stated_nanos = least(kept.unpriced_stated_nanos::numeric + excluded.unpriced_stated_nanos, 9223372036854775807)::bigint
        """;

    // What an import that takes no more rows is of. Rows that were written by a process that died before it had counted them are in it too.
    private const string SetSums = """
        UPDATE usage_import SET
            rows = rows - accepted + $2, accepted = $2, calls = $3, unpriced = $4, cost_nanos = $5, first_occurred_at = $6, last_occurred_at = $7
        WHERE import_id = $1
        """;

    private const string Finish = "UPDATE usage_import SET state = 2, finished_at = $2 WHERE import_id = $1 AND state = 1";

    private const string AskUndo = """
        UPDATE usage_import SET state = 3, undo_asked_at = $2, undo_asked_by = $3, undo_note = $4 WHERE import_id = $1 AND state IN (1, 2)
        """;

    private const string Advance = """
        UPDATE usage_import SET undone = undone + $2, undone_until = $3, undone_record = $4, undone_at = $5, state = CASE WHEN $5::timestamptz IS NULL THEN 3 ELSE 4 END
        WHERE import_id = $1
        """;

    private const string SelectStated = """
        SELECT import_id, provider, model, stated_rows, stated_nanos, rated_nanos, unpriced_rows, unpriced_stated_nanos
        FROM usage_import_model WHERE import_id = ANY($1) AND stated_rows > 0 ORDER BY import_id, stated_nanos DESC, provider, model
        """;

    public static async Task InsertAsync(NpgsqlTransaction transaction, StoredImport import, CancellationToken cancellationToken)
    {
        await using var command = Command(
            transaction, Insert, import.ImportId, import.Settings.Source, import.Format, import.FileName, import.Settings.UnmappedTeamId,
            import.Settings.ToByteArray(), import.CreatedAt, import.CreatedBy);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Keeps the import from ending before this transaction.</summary>
    public static Task<StoredImport?> EnterAsync(NpgsqlTransaction transaction, Guid importId, CancellationToken cancellationToken) =>
        LockAsync(transaction, LockShared, importId, cancellationToken);

    /// <summary>Waits for all who add rows to it, and for rows that are being written, and keeps others out.</summary>
    public static Task<StoredImport?> LockAsync(NpgsqlTransaction transaction, Guid importId, CancellationToken cancellationToken) =>
        LockAsync(transaction, LockAlone, importId, cancellationToken, " FOR NO KEY UPDATE");

    /// <summary>Those of the imports that are open, and stay so until this transaction ends.</summary>
    public static async Task<HashSet<Guid>> LockOpenAsync(NpgsqlTransaction transaction, Guid[] importIds, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(LockOpen, transaction.Connection, transaction) { Parameters = { new() { Value = importIds } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var open = new HashSet<Guid>();
        while (await reader.ReadAsync(cancellationToken))
        {
            open.Add(reader.GetGuid(0));
        }

        return open;
    }

    /// <summary>Adds what a request's rows came to. Last in its transaction, because it holds the import's row.</summary>
    public static async Task AddAsync(NpgsqlTransaction transaction, Guid importId, ImportSums sums, CancellationToken cancellationToken)
    {
        foreach (var (provider, model) in sums.Models)
        {
            var stated = sums.Outcome.Stated.FirstOrDefault(stated => (stated.Provider, stated.Model) == (provider, model)) ?? new StatedCost();
            await using var add = Command(
                transaction, AddModel, importId, provider, model, stated.Rows, stated.StatedNanos, stated.RatedNanos, stated.UnpricedRows, stated.UnpricedStatedNanos);
            await add.ExecuteNonQueryAsync(cancellationToken);
        }

        var counts = sums.Outcome.Counts;
        await using var command = Command(
            transaction, AddCounts, importId, counts.Rows, counts.Accepted, counts.Duplicates, counts.Changed, counts.Skipped, counts.UnmappedRefused, counts.Refused,
            counts.Unmapped, counts.Unpriced, counts.Calls, counts.CostNanos);
        command.Parameters.Add(Moment(sums.First));
        command.Parameters.Add(Moment(sums.Last));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Says of an import that is about to end what its records are.</summary>
    public static async Task SetSumsAsync(
        NpgsqlTransaction transaction, Guid importId, (ImportCounts Counts, DateTimeOffset? First, DateTimeOffset? Last) records, CancellationToken cancellationToken)
    {
        var counts = records.Counts;
        await using var command = Command(transaction, SetSums, importId, counts.Accepted, counts.Calls, counts.Unpriced, counts.CostNanos);
        command.Parameters.Add(Moment(records.First));
        command.Parameters.Add(Moment(records.Last));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task FinishAsync(NpgsqlTransaction transaction, Guid importId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, Finish, importId, now);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task AskUndoAsync(
        NpgsqlTransaction transaction, Guid importId, string actor, string note, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, AskUndo, importId, now, actor, note);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Moves the cursor of an undo; ends it when <paramref name="endedAt"/> is given.</summary>
    public static async Task AdvanceAsync(
        NpgsqlTransaction transaction, StoredImport import, long undone, (DateTimeOffset? OccurredAt, Guid? RecordId) until, DateTimeOffset? endedAt,
        CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, Advance, import.ImportId, undone);
        command.Parameters.Add(Moment(until.OccurredAt));
        command.Parameters.Add(new() { Value = (object?)until.RecordId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(Moment(endedAt));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The oldest one that is being taken back; null when there is none.</summary>
    public static async Task<StoredImport?> ReadUndoingAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, $"SELECT {Columns} FROM usage_import WHERE state = 3 ORDER BY import_no LIMIT 1");
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    public async Task<StoredImport?> FindAsync(Guid importId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT {Columns} FROM usage_import WHERE import_id = $1");
        command.Parameters.Add(new() { Value = importId });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Newest first.</summary>
    public async Task<List<StoredImport>> ListAsync(long before, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT {Columns} FROM usage_import WHERE import_no < $1 ORDER BY import_no DESC LIMIT $2");
        command.Parameters.Add(new() { Value = before });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>By import, the dearest model first.</summary>
    public async Task<ILookup<Guid, StatedCost>> ListStatedAsync(Guid[] importIds, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectStated);
        command.Parameters.Add(new() { Value = importIds });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var stated = new List<(Guid ImportId, StatedCost Cost)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            stated.Add((reader.GetGuid(0), new StatedCost
            {
                Provider = reader.GetString(1), Model = reader.GetString(2), Rows = reader.GetInt64(3), StatedNanos = reader.GetInt64(4), RatedNanos = reader.GetInt64(5),
                UnpricedRows = reader.GetInt64(6), UnpricedStatedNanos = reader.GetInt64(7),
            }));
        }

        return stated.ToLookup(pair => pair.ImportId, pair => pair.Cost);
    }

    private static async Task<StoredImport?> LockAsync(
        NpgsqlTransaction transaction, string statement, Guid importId, CancellationToken cancellationToken, string rowLock = "")
    {
        await using (var latch = Command(transaction, statement, importId))
        {
            await latch.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var command = Command(transaction, $"SELECT {Columns} FROM usage_import WHERE import_id = $1{rowLock}", importId);
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    private static async Task<List<StoredImport>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var imports = new List<StoredImport>();
        while (await reader.ReadAsync(cancellationToken))
        {
            imports.Add(Read(reader));
        }

        return imports;
    }

    private static StoredImport Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetInt64(1), (ImportState)reader.GetInt16(2), reader.GetString(3), reader.GetString(4),
        ImportSettings.Parser.ParseFrom(reader.GetFieldValue<byte[]>(5)),
        new ImportCounts
        {
            Rows = reader.GetInt64(6), Accepted = reader.GetInt64(7), Duplicates = reader.GetInt64(8), Changed = reader.GetInt64(9), Skipped = reader.GetInt64(10),
            UnmappedRefused = reader.GetInt64(11), Refused = reader.GetInt64(12), Unmapped = reader.GetInt64(13), Unpriced = reader.GetInt64(14),
            Calls = reader.GetInt64(15), CostNanos = reader.GetInt64(16),
        },
        reader.GetFieldValue<DateTimeOffset>(17), reader.GetString(18))
    {
        First = reader.GetFieldValue<DateTimeOffset?>(19),
        Last = reader.GetFieldValue<DateTimeOffset?>(20),
        FinishedAt = reader.GetFieldValue<DateTimeOffset?>(21),
        UndoAskedAt = reader.GetFieldValue<DateTimeOffset?>(22),
        UndoAskedBy = reader.GetString(23),
        UndoNote = reader.GetString(24),
        Undone = reader.GetInt64(25),
        UndoneUntil = (reader.GetFieldValue<DateTimeOffset?>(26), reader.GetFieldValue<Guid?>(27)),
        UndoneAt = reader.GetFieldValue<DateTimeOffset?>(28),
    };

    private static NpgsqlParameter Moment(DateTimeOffset? moment) => new() { Value = (object?)moment ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static NpgsqlCommand Command(NpgsqlTransaction transaction, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}
