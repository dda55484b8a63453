using Npgsql;
using NpgsqlTypes;
using Platform.Postgres.Forgetting;
using Platform.Routing.Calls;
using Platform.Routing.Shapes.Messages;

namespace Platform.Routing.Scheduled;

/// <summary>All SQL of batches as they are submitted, read and cancelled; <see cref="ItemStore"/> has that of running them, <see cref="SweepStore"/> of their end.</summary>
internal sealed class BatchStore(NpgsqlDataSource dataSource)
{
    private const string Insert = """
        INSERT INTO batch (batch_id, team_id, key_id, workload, lane, name, request_sha256, items, created_at, told, tags, windows, bytes, anthropic_version, anthropic_beta)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (batch_id) DO NOTHING
        """;

    // A statement of its own behind the insert, which waits for whoever deletes a batch of this id: so it sees that it was deleted.
    private const string IsDeleted = "SELECT EXISTS (SELECT FROM deleted_batch WHERE batch_id = $1)";

    // Whoever hands in work of the same team waits here for what this one keeps; only from its last item to its commit, which is short.
    private const string LockTeam = "SELECT pg_advisory_xact_lock(hashtextextended('batches of ' || $1, 0))";

    // By batch_of_team_open: no item is read.
    private const string SizeOfTeam = "SELECT coalesce(sum(items), 0)::bigint, coalesce(sum(bytes), 0)::bigint FROM batch WHERE team_id = $1 AND ended_at IS NULL";

    private const string CopyItems = "COPY batch_item (batch_id, position, custom_id, lane, path, body, state, not_before) FROM STDIN (FORMAT BINARY)";

    private const string Select = """
        SELECT b.batch_id, b.team_id, b.key_id, b.workload, b.tags::text, b.lane, b.name, b.items, b.created_at, b.cancelled_at, b.ended_at,
            count(*) FILTER (WHERE i.state = 1)::int, count(*) FILTER (WHERE i.state IN (2, 3))::int, count(*) FILTER (WHERE i.state = 4)::int,
            count(*) FILTER (WHERE i.state = 5)::int, count(*) FILTER (WHERE i.state = 6)::int, count(*) FILTER (WHERE i.state = 7)::int,
            b.windows, CASE WHEN b.asked_again_at IS NOT NULL THEN b.unfunded_until END, b.refusal_status = 403
        FROM batch b JOIN batch_item i USING (batch_id)
        """;

    private const string Cancel = """
        WITH marked AS (UPDATE batch SET cancelled_at = coalesce(cancelled_at, $3) WHERE batch_id = $1 AND team_id = $2 AND ended_at IS NULL RETURNING batch_id)
        UPDATE batch_item SET state = 7, ended_at = $3, body = '' WHERE batch_id IN (SELECT batch_id FROM marked) AND state IN (1, 2)
        """;

    private const string SelectResults = """
        SELECT position, custom_id, state, status, answer, attempt_id FROM (
            SELECT i.position, i.custom_id, i.state, i.status, i.answer, i.attempt_id, sum(octet_length(i.answer)) OVER (ORDER BY i.position) - octet_length(i.answer) AS before
            FROM batch_item i JOIN batch b USING (batch_id)
            WHERE b.batch_id = $1 AND b.team_id = $2 AND b.deleted_at IS NULL AND i.state >= 4 AND i.position > $3 ORDER BY i.position LIMIT $4) page
        WHERE before < $5 ORDER BY position
        """;

    /// <summary>A page of results has no further one when it has as many bytes of answers: one may be as large as the gateway takes, and all of a page is in memory.</summary>
    private const int PageBytes = 4 * 1024 * 1024;

    /// <summary>Keys of batches that were deleted: as long as those of other changes.</summary>
    public static readonly AgingTable DeletedBatches = new("deleted_batch", options => options.AnswerDays);

    /// <summary>Keeps a batch with its items, or nothing.</summary>
    /// <param name="sha256">Of everything that was sent.</param>
    /// <param name="size">Of its items.</param>
    /// <param name="most">That its team may have in batches that have not ended, with it.</param>
    /// <param name="items">A connection is held while they are written, so they are not waited for.</param>
    public async Task<AddOutcome> TryAddAsync(
        NewBatch batch, byte[] sha256, WorkSize size, WorkSize most, IAsyncEnumerable<BatchLine> items, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var insert = new NpgsqlCommand(Insert, connection, transaction))
        {
            insert.Parameters.AddRange(new NpgsqlParameter[]
            {
                new() { Value = batch.BatchId }, new() { Value = batch.TeamId }, new() { Value = batch.KeyId }, new() { Value = batch.Labels.Workload }, new() { Value = batch.Lane },
                new() { Value = batch.Name }, new() { Value = sha256 }, new() { Value = (int)size.Items }, new() { Value = batch.CreatedAt }, new() { Value = batch.IsTold },
                new() { Value = batch.Labels.TagsToJson(), NpgsqlDbType = NpgsqlDbType.Jsonb }, new() { Value = batch.Windows },
                new() { Value = size.Bytes }, new() { Value = batch.Headers.Version }, new() { Value = batch.Headers.Beta },
            });
            var isNew = await insert.ExecuteNonQueryAsync(cancellationToken) == 1;
            if (DerivedIds.IsDerived(batch.BatchId) && await IsDeletedAsync(transaction, batch.BatchId, cancellationToken))
            {
                return AddOutcome.Deleted;
            }

            if (!isNew)
            {
                return AddOutcome.Known;
            }
        }

        // One item is written sooner than asked about.
        if (size.Items > 1 && (await SizeOfTeamAsync(transaction, batch.TeamId, cancellationToken)).Exceeds(most))
        {
            return AddOutcome.AboveBound;
        }

        await using (var copy = await connection.BeginBinaryImportAsync(CopyItems, cancellationToken))
        {
            var position = 0;
            await foreach (var line in items.WithCancellation(cancellationToken))
            {
                await WriteAsync(copy, batch, ++position, line, cancellationToken);
            }

            await copy.CompleteAsync(cancellationToken);
        }

        // Those that were handed in meanwhile count too: each sees all that were kept before it.
        await LockTeamAsync(transaction, batch.TeamId, cancellationToken);
        if ((await SizeOfTeamAsync(transaction, batch.TeamId, cancellationToken)).Exceeds(most))
        {
            return AddOutcome.AboveBound;
        }

        await transaction.CommitAsync(cancellationToken);
        return AddOutcome.Added;
    }

    /// <summary>What was sent as this batch; null when there is none.</summary>
    public async Task<KeptBatch?> FindKeptAsync(Guid batchId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT request_sha256, workload, lane, name, told, tags, windows, anthropic_version, anthropic_beta FROM batch WHERE batch_id = $1");
        command.Parameters.Add(new() { Value = batchId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new KeptBatch(
                reader.GetFieldValue<byte[]>(0), CallLabels.FromStored(reader.GetString(1), reader.GetString(5)), reader.GetString(2), reader.GetString(3), reader.GetBoolean(4),
                reader.GetInt32(6), reader.IsDBNull(7) ? null : new AnthropicHeaders(reader.GetString(7), reader.GetString(8)))
            : null;
    }

    /// <summary>A team's batch; null when it has none of this id.</summary>
    public async Task<BatchRow?> FindAsync(Guid batchId, string teamId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Select + " WHERE b.batch_id = $1 AND b.team_id = $2 AND b.deleted_at IS NULL GROUP BY b.batch_id");
        command.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = batchId }, new() { Value = teamId } });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Whether a team's batches can be listed behind this one: also while it is being deleted.</summary>
    public async Task<bool> ExistsAsync(Guid batchId, string teamId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT EXISTS (SELECT FROM batch WHERE batch_id = $1 AND team_id = $2)");
        command.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = batchId }, new() { Value = teamId } });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>A team's batches, newest first.</summary>
    /// <param name="after">The last of the page before, of the same team; null for the first page.</param>
    public async Task<List<BatchRow>> ListAsync(string teamId, Guid? after, int limit, CancellationToken cancellationToken)
    {
        var behind = after is null ? "" : "AND (created_at, batch_id) < (SELECT created_at, batch_id FROM batch WHERE batch_id = $3)";
        await using var command = dataSource.CreateCommand($"""
            {Select} WHERE b.batch_id IN (SELECT batch_id FROM batch WHERE team_id = $1 AND deleted_at IS NULL {behind} ORDER BY created_at DESC, batch_id DESC LIMIT $2)
            GROUP BY b.batch_id ORDER BY b.created_at DESC, b.batch_id DESC
            """);
        command.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = teamId }, new() { Value = limit } });
        if (after is not null)
        {
            command.Parameters.Add(new() { Value = after });
        }

        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>How many batches of all teams have not ended, nor been cancelled, by lane.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CountOpenAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT lane, count(*)::int FROM batch WHERE ended_at IS NULL AND cancelled_at IS NULL GROUP BY lane");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var open = new Dictionary<string, int>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            open.Add(reader.GetString(0), reader.GetInt32(1));
        }

        return open;
    }

    /// <summary>Nothing of it begins any more; what has begun ends.</summary>
    public async Task CancelAsync(Guid batchId, string teamId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Cancel);
        command.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = batchId }, new() { Value = teamId }, new() { Value = now } });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Items that have ended, by position, behind one: as many as wanted, or as a page's bytes allow. None: there are no more.</summary>
    public async Task<IReadOnlyList<ItemResult>> ReadResultsAsync(Guid batchId, string teamId, int after, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectResults);
        command.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = batchId }, new() { Value = teamId }, new() { Value = after }, new() { Value = limit }, new() { Value = PageBytes } });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var results = new List<ItemResult>();
        while (await reader.ReadAsync(cancellationToken))
        {
            results.Add(new ItemResult(
                reader.GetInt32(0), reader.GetString(1), (ItemState)reader.GetInt16(2), reader.GetInt32(3), reader.GetFieldValue<byte[]>(4), reader.GetString(5)));
        }

        return results;
    }

    private static async Task<bool> IsDeletedAsync(NpgsqlTransaction transaction, Guid batchId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(IsDeleted, transaction.Connection, transaction) { Parameters = { new() { Value = batchId } } };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task LockTeamAsync(NpgsqlTransaction transaction, string teamId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(LockTeam, transaction.Connection, transaction) { Parameters = { new() { Value = teamId } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<WorkSize> SizeOfTeamAsync(NpgsqlTransaction transaction, string teamId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SizeOfTeam, transaction.Connection, transaction) { Parameters = { new() { Value = teamId } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new WorkSize(reader.GetInt64(0), reader.GetInt64(1));
    }

    private static async Task WriteAsync(NpgsqlBinaryImporter copy, NewBatch batch, int position, BatchLine line, CancellationToken cancellationToken)
    {
        await copy.StartRowAsync(cancellationToken);
        await copy.WriteAsync(batch.BatchId, NpgsqlDbType.Uuid, cancellationToken);
        await copy.WriteAsync(position, NpgsqlDbType.Integer, cancellationToken);
        await copy.WriteAsync(line.CustomId, NpgsqlDbType.Text, cancellationToken);
        await copy.WriteAsync(batch.Lane, NpgsqlDbType.Text, cancellationToken);
        await copy.WriteAsync(line.Path, NpgsqlDbType.Text, cancellationToken);
        await copy.WriteAsync(line.Body, NpgsqlDbType.Bytea, cancellationToken);
        await copy.WriteAsync((short)ItemState.Waiting, NpgsqlDbType.Smallint, cancellationToken);
        await copy.WriteAsync(batch.CreatedAt, NpgsqlDbType.TimestampTz, cancellationToken);
    }

    private static async Task<List<BatchRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<BatchRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new BatchRow(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), CallLabels.FromStored(reader.GetString(3), reader.GetString(4)), reader.GetString(5), reader.GetString(6),
                reader.GetInt32(7), reader.GetFieldValue<DateTimeOffset>(8), Moment(reader, 9), Moment(reader, 10),
                new BatchCounts(reader.GetInt32(11), reader.GetInt32(12), reader.GetInt32(13), reader.GetInt32(14), reader.GetInt32(15), reader.GetInt32(16)),
                reader.GetInt32(17), Moment(reader, 18), reader.GetBoolean(19)));
        }

        return rows;
    }

    private static DateTimeOffset? Moment(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
