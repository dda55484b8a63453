using Npgsql;
using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.Routing.Calls;

namespace Platform.Routing.Scheduled;

/// <summary>All SQL of running items. An item belongs to the replica that claimed it; what another does about it changes nothing.</summary>
internal sealed class ItemStore(NpgsqlDataSource dataSource, Outbox outbox, TimeProvider time)
{
    private const string Claim = """
        UPDATE batch_item i SET state = 2, claimed_by = $1, heard_at = clock_timestamp()
        FROM batch b, (
            SELECT batch_id, position FROM batch_item WHERE state = 1 AND lane = ANY($2) AND not_before <= clock_timestamp()
            ORDER BY not_before, batch_id, position LIMIT $3 FOR UPDATE SKIP LOCKED) c
        WHERE i.batch_id = c.batch_id AND i.position = c.position AND b.batch_id = i.batch_id
        RETURNING i.batch_id, i.position, b.key_id, b.workload, b.tags::text, i.lane, i.path, i.body, i.tries
        """;

    private const string Of = "batch_id = $1 AND position = $2 AND claimed_by = $3";

    private const string StartOne = $"UPDATE batch_item SET state = 3, tries = tries + 1, heard_at = clock_timestamp() WHERE {Of} AND state = 2";

    private const string AgainOne = $"""
        UPDATE batch_item SET state = 1, claimed_by = NULL, not_before = clock_timestamp() + make_interval(secs => $4), status = $5, answer = $6, attempt_id = $7
        WHERE {Of} AND state = 3
        """;

    // Of one that was given up as unknown meanwhile, the answer is still worth having: it was not run again.
    private const string EndOne = $"""
        UPDATE batch_item SET state = $4, status = $5, answer = $6, attempt_id = $7, body = '', ended_at = clock_timestamp() WHERE {Of} AND state IN (3, 6)
        """;

    private const string HearOf = """
        UPDATE batch_item i SET heard_at = clock_timestamp() FROM unnest($2::uuid[], $3::int[]) AS r(batch_id, position)
        WHERE i.batch_id = r.batch_id AND i.position = r.position AND i.claimed_by = $1 AND i.state IN (2, 3)
        """;

    private const string GiveBack = "UPDATE batch_item SET state = 1, claimed_by = NULL WHERE claimed_by = $1 AND state = 2";

    // What was claimed and not begun waits again, but of a cancelled batch; what had begun is unknown.
    private const string Sweep = """
        UPDATE batch_item SET state = 1, claimed_by = NULL WHERE state = 2 AND heard_at < clock_timestamp() - interval '30 seconds';
        UPDATE batch_item SET state = 6, body = '', ended_at = clock_timestamp() WHERE state = 3 AND heard_at < clock_timestamp() - interval '30 seconds';
        UPDATE batch_item i SET state = 7, body = '', ended_at = clock_timestamp() FROM batch b
            WHERE i.batch_id = b.batch_id AND i.state = 1 AND b.cancelled_at IS NOT NULL AND b.ended_at IS NULL;
        """;

    // Several replicas look at once: the one whose update it is tells.
    private const string EndBatches = """
        WITH ended AS (
            UPDATE batch b SET ended_at = clock_timestamp()
            WHERE ended_at IS NULL AND NOT EXISTS (SELECT FROM batch_item i WHERE i.batch_id = b.batch_id AND i.state < 4)
            RETURNING batch_id, team_id, key_id, name, lane, ended_at, told)
        SELECT e.batch_id, e.team_id, e.key_id, e.name, e.lane, count(*) FILTER (WHERE i.state = 4)::int, count(*) FILTER (WHERE i.state = 5)::int,
            count(*) FILTER (WHERE i.state = 6)::int, count(*) FILTER (WHERE i.state = 7)::int, e.ended_at
        FROM ended e JOIN batch_item i USING (batch_id) WHERE e.told
        GROUP BY e.batch_id, e.team_id, e.key_id, e.name, e.lane, e.ended_at
        """;

    private const string Delete = "DELETE FROM batch WHERE ended_at < clock_timestamp() - make_interval(days => $1)";

    /// <summary>Takes items that may run, oldest first.</summary>
    public async Task<IReadOnlyList<ClaimedItem>> ClaimAsync(Guid replica, string[] lanes, int most, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Claim);
        command.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = replica }, new() { Value = lanes }, new() { Value = most } });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var items = new List<ClaimedItem>();
        while (await reader.ReadAsync(cancellationToken))
        {
            items.Add(new ClaimedItem(
                reader.GetGuid(0), reader.GetInt32(1), reader.GetString(2), CallLabels.FromStored(reader.GetString(3), reader.GetString(4)), reader.GetString(5),
                reader.GetString(6), reader.GetFieldValue<byte[]>(7), reader.GetInt32(8)));
        }

        return items;
    }

    /// <summary>False: it is not this replica's any more, so it must not be sent.</summary>
    public Task<bool> TryStartAsync(Guid replica, ClaimedItem item, CancellationToken cancellationToken) => ChangeAsync(StartOne, replica, item, [], cancellationToken);

    /// <summary>It ran and was refused for a while; nothing was billed.</summary>
    public Task AgainAsync(Guid replica, ClaimedItem item, TimeSpan pause, ItemAnswer answer, CancellationToken cancellationToken) =>
        ChangeAsync(AgainOne, replica, item, [pause.TotalSeconds, answer.Status, answer.Body, answer.AttemptId], cancellationToken);

    public Task EndAsync(Guid replica, ClaimedItem item, ItemState state, ItemAnswer answer, CancellationToken cancellationToken) =>
        ChangeAsync(EndOne, replica, item, [(short)state, answer.Status, answer.Body, answer.AttemptId], cancellationToken);

    /// <summary>This replica is alive and runs these. What it claimed and does not name, because the answer was lost, is swept up as of a dead one.</summary>
    public async Task HearAsync(Guid replica, IReadOnlyCollection<ClaimedItem> running, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(HearOf);
        command.Parameters.AddRange(new NpgsqlParameter[]
        {
            new() { Value = replica }, new() { Value = running.Select(item => item.BatchId).ToArray() }, new() { Value = running.Select(item => item.Position).ToArray() },
        });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>What was claimed and not begun may be run by others.</summary>
    public Task GiveBackAsync(Guid replica, CancellationToken cancellationToken) => ExecuteAsync(GiveBack, replica, cancellationToken);

    /// <summary>Takes up what replicas left that are gone, and closes batches that have ended; of those whose submitter asked for it, the event leaves with that.</summary>
    public async Task SweepAsync(int retainDays, CancellationToken cancellationToken)
    {
        await using (var command = dataSource.CreateCommand(Sweep))
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await using (var connection = await dataSource.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var ended = await EndBatchesAsync(transaction, cancellationToken);
            if (ended.Count > 0)
            {
                await Outbox.CopyAsync(transaction, ended.Select(batch => new OwedEvent(batch.EventId, batch)), time.GetUtcNow(), cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            if (ended.Count > 0)
            {
                outbox.Wake();
            }
        }

        await ExecuteAsync(Delete, retainDays, cancellationToken);
    }

    private async Task<List<BatchCompleted>> EndBatchesAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(EndBatches, transaction.Connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var ended = new List<BatchCompleted>();
        while (await reader.ReadAsync(cancellationToken))
        {
            ended.Add(new BatchCompleted(
                Guid.CreateVersion7(time.GetUtcNow()), reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetInt32(5),
                reader.GetInt32(6), reader.GetInt32(7), reader.GetInt32(8), reader.GetFieldValue<DateTimeOffset>(9)));
        }

        return ended;
    }

    private async Task<bool> ChangeAsync(string sql, Guid replica, ClaimedItem item, object[] values, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(sql);
        command.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = item.BatchId }, new() { Value = item.Position }, new() { Value = replica } });
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    private async Task ExecuteAsync(string sql, object value, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(sql);
        command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>What came of an item's run, as its caller would have got it.</summary>
/// <param name="AttemptId">Of the last attempt; empty when there was none.</param>
/// <param name="RetryAfter">Zero: not said.</param>
internal sealed record ItemAnswer(int Status, byte[] Body, string AttemptId, TimeSpan RetryAfter);
