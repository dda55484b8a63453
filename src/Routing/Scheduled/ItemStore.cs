using Npgsql;
using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.Routing.Calls;
using Platform.Routing.Shapes.Messages;

namespace Platform.Routing.Scheduled;

/// <summary>All SQL of running items. An item belongs to the replica that claimed it; what another does about it changes nothing.</summary>
/// <param name="portion">So many rows a statement takes at most of what is swept up; the next look takes more.</param>
internal sealed class ItemStore(NpgsqlDataSource dataSource, Outbox outbox, TimeProvider time, int portion = 2_000)
{
    // A team's turn is how many of its items run or come before: so the next item is that of the team which has least. Rows that another replica is claiming are passed over, hence more candidates
    // than are wanted. Of a team only its first batches are looked at, until there are enough.
    private const string Claim = """
        WITH running AS (
            SELECT b.team_id, count(*) AS items FROM batch_item i JOIN batch b USING (batch_id) WHERE i.state IN (2, 3) GROUP BY b.team_id),
        turns AS (
            SELECT c.batch_id, c.position, c.created_at,
                coalesce(r.items, 0) + row_number() OVER (PARTITION BY t.team_id ORDER BY c.created_at, c.batch_id, c.not_before, c.position) AS turn
            FROM (SELECT DISTINCT team_id FROM batch WHERE ended_at IS NULL) t
            CROSS JOIN LATERAL (
                SELECT w.batch_id, w.position, w.not_before, b.created_at FROM batch b
                CROSS JOIN LATERAL (
                    SELECT i.batch_id, i.position, i.not_before FROM batch_item i
                    WHERE i.batch_id = b.batch_id AND i.state = 1 AND i.not_before <= statement_timestamp()
                    ORDER BY i.not_before, i.position LIMIT 4 * $3) w
                WHERE b.team_id = t.team_id AND b.ended_at IS NULL AND b.cancelled_at IS NULL AND b.lane = ANY($2) AND (b.asked_again_at IS NULL OR b.asked_again_at <= statement_timestamp())
                ORDER BY b.created_at, b.batch_id, w.not_before, w.position LIMIT 4 * $3) c
            LEFT JOIN running r ON r.team_id = t.team_id),
        mine AS (
            SELECT i.batch_id, i.position FROM turns t JOIN batch_item i USING (batch_id, position) WHERE i.state = 1
            ORDER BY t.turn, t.created_at, i.batch_id, i.position LIMIT $3 FOR UPDATE OF i SKIP LOCKED)
        UPDATE batch_item i SET state = 2, claimed_by = $1, heard_at = clock_timestamp()
        FROM mine m JOIN batch b USING (batch_id) WHERE i.batch_id = m.batch_id AND i.position = m.position
        RETURNING i.batch_id, i.position, b.key_id, b.workload, b.tags::text, i.lane, i.path, i.body, i.tries, i.unfunded_tries, b.windows, b.unfunded_until,
            i.limited_tries, i.refused_until, i.limited_since, b.run_id, coalesce(b.anthropic_version, ''), coalesce(b.anthropic_beta, '')
        """;

    // The try is part of it: what is said a second time, because the answer to the first was lost, must not meet the item's next try.
    private const string Of = "batch_id = $1 AND position = $2 AND claimed_by = $3 AND tries = $4";

    private const string StartOne = $"""
        UPDATE batch_item SET state = 3, tries = tries + 1, heard_at = clock_timestamp()
        WHERE batch_id = $1 AND position = $2 AND claimed_by = $3 AND tries = $4 - 1 AND state = 2 AND EXISTS (SELECT FROM batch b WHERE b.batch_id = $1 AND b.cancelled_at IS NULL)
        """;

    private const string AgainOne = $"""
        UPDATE batch_item SET state = 1, claimed_by = NULL, not_before = clock_timestamp() + make_interval(secs => $5), status = $6, answer = $7, attempt_id = $8,
            refused_until = coalesce(refused_until, $9), limited_since = NULL
        WHERE {Of} AND state = 3
        """;

    private const string LimitedOne = $"""
        UPDATE batch_item SET state = 1, claimed_by = NULL, not_before = clock_timestamp() + make_interval(secs => $5), status = $6, answer = $7, attempt_id = $8,
            limited_tries = limited_tries + 1, limited_since = coalesce(limited_since, clock_timestamp())
        WHERE {Of} AND state = 3
        """;

    private const string UnfundedOne = $"""
        WITH again AS (
            UPDATE batch_item SET state = 1, claimed_by = NULL, unfunded_tries = unfunded_tries + 1, not_before = clock_timestamp() + make_interval(secs => $5), status = $6, answer = $7, attempt_id = $8,
                limited_since = NULL
            WHERE {Of} AND state = 3 RETURNING batch_id)
        UPDATE batch SET unfunded_until = coalesce(unfunded_until, $9), asked_again_at = clock_timestamp() + make_interval(secs => $10), refusal = $7
        WHERE batch_id IN (SELECT batch_id FROM again)
        """;

    // Of one that was given up as unknown meanwhile, the answer is still worth having: it was not run again.
    private const string EndOne = $"""
        UPDATE batch_item SET state = $5, status = $6, answer = $7, attempt_id = $8, body = '', ended_at = clock_timestamp() WHERE {Of} AND state IN (3, 6)
        """;

    private const string Funded = "UPDATE batch SET unfunded_until = NULL, asked_again_at = NULL, refusal = '' WHERE batch_id = $1 AND unfunded_until IS NOT NULL";

    private const string HearOf = """
        UPDATE batch_item i SET heard_at = clock_timestamp() FROM unnest($2::uuid[], $3::int[]) AS r(batch_id, position)
        WHERE i.batch_id = r.batch_id AND i.position = r.position AND i.claimed_by = $1 AND i.state IN (2, 3)
        """;

    private const string GiveBack = "UPDATE batch_item SET state = 1, claimed_by = NULL WHERE claimed_by = $1 AND state = 2";

    // What another replica has in hand is left to it.
    /// <summary>Of items with their answers, which may be large, a statement deletes fewer.</summary>
    private const int MostAnswers = 500;

    private const string Portion = "LIMIT $1 FOR UPDATE OF i SKIP LOCKED";

    private const string OfDue = "FROM due WHERE i.batch_id = due.batch_id AND i.position = due.position";

    // What was claimed and not begun waits again.
    private const string SweepClaimed = $"""
        WITH due AS (SELECT i.batch_id, i.position FROM batch_item i WHERE i.state = 2 AND i.heard_at < statement_timestamp() - interval '30 seconds' {Portion})
        UPDATE batch_item i SET state = 1, claimed_by = NULL {OfDue}
        """;

    // What had begun is unknown.
    private const string SweepBegun = $"""
        WITH due AS (SELECT i.batch_id, i.position FROM batch_item i WHERE i.state = 3 AND i.heard_at < statement_timestamp() - interval '30 seconds' {Portion})
        UPDATE batch_item i SET state = 6, body = '', ended_at = clock_timestamp() {OfDue}
        """;

    private const string SweepCancelled = $"""
        WITH due AS (
            SELECT i.batch_id, i.position FROM batch b JOIN batch_item i USING (batch_id) WHERE b.cancelled_at IS NOT NULL AND b.ended_at IS NULL AND i.state = 1 {Portion})
        UPDATE batch_item i SET state = 7, body = '', ended_at = clock_timestamp() {OfDue}
        """;

    // What has waited for funds as long as it may has failed; but what runs at that moment may have been paid, which its end says.
    private const string SweepUnfunded = $"""
        WITH due AS (
            SELECT i.batch_id, i.position, b.refusal FROM batch b JOIN batch_item i USING (batch_id)
            WHERE b.unfunded_until < statement_timestamp() AND b.ended_at IS NULL AND i.state = 1
                AND NOT EXISTS (SELECT FROM batch_item r WHERE r.batch_id = b.batch_id AND r.state = 3) {Portion})
        UPDATE batch_item i SET state = 5, status = 402, answer = due.refusal, body = '', ended_at = clock_timestamp() {OfDue}
        """;

    // Of batches as many as have a portion of items, and one at least. Several replicas look at once: the one whose update it is tells.
    private const string EndBatches = """
        WITH due AS (
            SELECT batch_id FROM (
                SELECT b.batch_id, sum(b.items) OVER (ORDER BY b.batch_id) - b.items AS before FROM batch b
                WHERE b.ended_at IS NULL AND NOT EXISTS (SELECT FROM batch_item i WHERE i.batch_id = b.batch_id AND i.state = 1)
                    AND NOT EXISTS (SELECT FROM batch_item i WHERE i.batch_id = b.batch_id AND i.state IN (2, 3))) ended
            WHERE before < $1),
        ended AS (
            UPDATE batch b SET ended_at = clock_timestamp() FROM due WHERE b.batch_id = due.batch_id AND b.ended_at IS NULL
            RETURNING b.batch_id, b.team_id, b.key_id, b.name, b.lane, b.ended_at, b.told)
        SELECT e.batch_id, e.team_id, e.key_id, e.name, e.lane, count(*) FILTER (WHERE i.state = 4)::int, count(*) FILTER (WHERE i.state = 5)::int,
            count(*) FILTER (WHERE i.state = 6)::int, count(*) FILTER (WHERE i.state = 7)::int, e.ended_at
        FROM ended e JOIN batch_item i USING (batch_id) WHERE e.told
        GROUP BY e.batch_id, e.team_id, e.key_id, e.name, e.lane, e.ended_at
        """;

    // An id of version 8 follows from an idempotency key (DerivedIds), so it may be asked for again.
    private const string BeginDeletion = """
        WITH due AS (
            SELECT batch_id FROM batch WHERE ended_at < statement_timestamp() - make_interval(days => $2) AND deleted_at IS NULL ORDER BY ended_at LIMIT $1 FOR UPDATE SKIP LOCKED),
        begun AS (UPDATE batch b SET deleted_at = clock_timestamp() FROM due WHERE b.batch_id = due.batch_id RETURNING b.batch_id)
        INSERT INTO deleted_batch (batch_id, recorded_at)
        SELECT batch_id, clock_timestamp() FROM begun WHERE get_byte(uuid_send(batch_id), 6) >> 4 = 8
        -- A version of before does not look here: under it the key may have run again.
        ON CONFLICT (batch_id) DO UPDATE SET recorded_at = excluded.recorded_at
        """;

    private const string DeleteItems = $"""
        WITH due AS (SELECT i.batch_id, i.position FROM batch b JOIN batch_item i USING (batch_id) WHERE b.deleted_at IS NOT NULL {Portion})
        DELETE FROM batch_item i USING due WHERE i.batch_id = due.batch_id AND i.position = due.position
        """;

    private const string DeleteBatches = """
        WITH due AS (
            SELECT b.batch_id FROM batch b WHERE b.deleted_at IS NOT NULL AND NOT EXISTS (SELECT FROM batch_item i WHERE i.batch_id = b.batch_id) LIMIT $1 FOR UPDATE SKIP LOCKED)
        DELETE FROM batch b USING due WHERE b.batch_id = due.batch_id
        """;

    private static readonly string[] TakesUp = [SweepClaimed, SweepBegun];
    private static readonly string[] Sweeps = [SweepCancelled, SweepUnfunded];

    /// <summary>Takes items that may run: by turns of teams, of each its oldest first.</summary>
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
                reader.GetString(6), reader.GetFieldValue<byte[]>(7), reader.GetInt32(8),
                reader.GetInt32(9), reader.GetInt32(10), Moment(reader, 11), reader.GetInt32(12), Moment(reader, 13), Moment(reader, 14))
            {
                RunId = reader.GetGuid(15), Headers = new AnthropicHeaders(reader.GetString(16), reader.GetString(17)),
            });
        }

        return items;
    }

    /// <summary>False: it is not this replica's any more, so it must not be sent.</summary>
    public Task<bool> TryStartAsync(Guid replica, ClaimedItem item, CancellationToken cancellationToken) => ChangeAsync(StartOne, replica, item, [], cancellationToken);

    /// <summary>It ran and was refused for a while; nothing was billed.</summary>
    /// <param name="until">How long that may go on.</param>
    public async Task AgainAsync(Guid replica, ClaimedItem item, TimeSpan pause, DateTimeOffset until, ItemAnswer answer, CancellationToken cancellationToken)
    {
        await ChangeAsync(AgainOne, replica, item, [pause.TotalSeconds, answer.Status, answer.Body, answer.AttemptId, until], cancellationToken);
        await TakePaymentInAsync(item, answer, cancellationToken);
    }

    /// <summary>A rate limit was full before anything of it was sent: it waits, and that was no try.</summary>
    public Task LimitedAsync(Guid replica, ClaimedItem item, TimeSpan pause, ItemAnswer answer, CancellationToken cancellationToken) =>
        ChangeAsync(LimitedOne, replica, item, [pause.TotalSeconds, answer.Status, answer.Body, answer.AttemptId], cancellationToken);

    /// <summary>The wallet refused it: it waits for an allocation, and all of its batch with it, but for what shows from time to time whether there is one.</summary>
    /// <param name="until">What has not been paid by then has failed.</param>
    public Task UnfundedAsync(Guid replica, ClaimedItem item, TimeSpan pause, DateTimeOffset until, ItemAnswer answer, CancellationToken cancellationToken) => ChangeAsync(
        UnfundedOne, replica, item, [pause.TotalSeconds, answer.Status, answer.Body, answer.AttemptId, until, ItemOutcome.AskAgain.TotalSeconds], cancellationToken);

    public async Task EndAsync(Guid replica, ClaimedItem item, ItemState state, ItemAnswer answer, CancellationToken cancellationToken)
    {
        await ChangeAsync(EndOne, replica, item, [(short)state, answer.Status, answer.Body, answer.AttemptId], cancellationToken);
        await TakePaymentInAsync(item, answer, cancellationToken);
    }

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
    public Task GiveBackAsync(Guid replica, CancellationToken cancellationToken) => ExecuteAsync(GiveBack, cancellationToken, replica);

    /// <summary>Takes up what replicas left that have not been heard of for 30 seconds. Only for one that has been heard of itself all that time: <see cref="Hearing"/>.</summary>
    /// <returns>As <see cref="SweepAsync(int, CancellationToken)"/>.</returns>
    public Task<bool> TakeUpAsync(CancellationToken cancellationToken) => SweepAsync(TakesUp, cancellationToken);

    /// <summary>
    /// Ends what waits for nothing any more, closes batches that have ended (of those whose submitter asked for it, the event leaves with that) and deletes those that were kept long enough.
    /// Of each a portion, in a transaction of its own: however much is due, no team waits for that of another, and what was done stays done when the next is not.
    /// </summary>
    /// <returns>Whether there may be more.</returns>
    public async Task<bool> SweepAsync(int retainDays, CancellationToken cancellationToken)
    {
        var isMore = await SweepAsync(Sweeps, cancellationToken);
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

        await ExecuteAsync(BeginDeletion, cancellationToken, portion, retainDays);
        var answers = Math.Min(portion, MostAnswers);
        isMore |= await ExecuteAsync(DeleteItems, cancellationToken, answers) == answers;
        await ExecuteAsync(DeleteBatches, cancellationToken, portion);
        return isMore;
    }

    private async Task<bool> SweepAsync(string[] sweeps, CancellationToken cancellationToken)
    {
        var isMore = false;
        foreach (var sweep in sweeps)
        {
            isMore |= await ExecuteAsync(sweep, cancellationToken, portion) == portion;
        }

        return isMore;
    }

    private async Task<List<BatchCompleted>> EndBatchesAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(EndBatches, transaction.Connection, transaction) { Parameters = { new() { Value = portion } } };
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

    /// <summary>What was sent was paid, whatever came of it: others of its batch need not wait any longer. But 402 is the wallet's newer word, on the next attempt of it.</summary>
    private Task TakePaymentInAsync(ClaimedItem item, ItemAnswer answer, CancellationToken cancellationToken) =>
        item.UnfundedUntil is not null && answer is { IsSent: true, Status: not 402 } ? ExecuteAsync(Funded, cancellationToken, item.BatchId) : Task.CompletedTask;

    private async Task<bool> ChangeAsync(string sql, Guid replica, ClaimedItem item, object[] values, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(sql);
        command.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = item.BatchId }, new() { Value = item.Position }, new() { Value = replica }, new() { Value = item.Tries + 1 } });
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    private static DateTimeOffset? Moment(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private async Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = dataSource.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>What came of an item's run, as its caller would have got it.</summary>
/// <param name="AttemptId">Of the last attempt; empty when there was none.</param>
/// <param name="RetryAfter">Zero: not said.</param>
/// <param name="IsSent">An attempt of it was sent; else whoever refused it did so before.</param>
/// <param name="MayBeBilled">An attempt of it was sent, and what the provider did is not known.</param>
internal sealed record ItemAnswer(int Status, byte[] Body, string AttemptId, TimeSpan RetryAfter, bool IsSent, bool MayBeBilled = false);
