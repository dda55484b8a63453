using Npgsql;
using Platform.Contracts.Events;
using Platform.Postgres;

namespace Platform.Routing.Scheduled;

/// <summary>All SQL of what is over: items that gone replicas left or that wait for nothing any more, batches that have ended, and those that were kept long enough.</summary>
/// <param name="portion">So many rows a statement takes at most; the next look takes more.</param>
internal sealed class SweepStore(NpgsqlDataSource dataSource, Outbox outbox, TimeProvider time, int portion = 2_000)
{
    /// <summary>Of items with their answers, which may be large, a statement deletes fewer.</summary>
    private const int MostAnswers = 500;

    // What another replica has in hand is left to it.
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

    // What has waited for funds, or for a freeze's end, as long as it may has failed; but what runs at that moment may have been paid, which its end says, and what a rate limit kept from asking since
    // the last refusal is asked about first (decision 0240).
    private const string SweepUnfunded = $"""
        WITH due AS (
            SELECT i.batch_id, i.position, b.refusal, b.refusal_status FROM batch b JOIN batch_item i USING (batch_id)
            WHERE b.unfunded_until < statement_timestamp() AND b.asked_again_at IS NOT NULL AND b.ended_at IS NULL AND i.state = 1
                AND NOT EXISTS (SELECT FROM batch_item r WHERE r.batch_id = b.batch_id AND r.state = 3) {Portion})
        UPDATE batch_item i SET state = 5, status = due.refusal_status, answer = due.refusal, body = '', ended_at = clock_timestamp() {OfDue}
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
