using Npgsql;
using Platform.Routing.Calls;
using Platform.Routing.Shapes.Messages;

namespace Platform.Routing.Scheduled;

/// <summary>All SQL of running items; <see cref="SweepStore"/> has that of what is over. An item belongs to the replica that claimed it; what another does about it changes nothing.</summary>
internal sealed class ItemStore(NpgsqlDataSource dataSource)
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
                    AND NOT (b.awaits_key AND b.unfunded_until IS NOT NULL)
                ORDER BY b.created_at, b.batch_id, w.not_before, w.position LIMIT 4 * $3) c
            LEFT JOIN running r ON r.team_id = t.team_id),
        mine AS (
            SELECT i.batch_id, i.position FROM turns t JOIN batch_item i USING (batch_id, position) WHERE i.state = 1
            ORDER BY t.turn, t.created_at, i.batch_id, i.position LIMIT $3 FOR UPDATE OF i SKIP LOCKED)
        UPDATE batch_item i SET state = 2, claimed_by = $1, heard_at = clock_timestamp()
        FROM mine m JOIN batch b USING (batch_id) WHERE i.batch_id = m.batch_id AND i.position = m.position
        RETURNING i.batch_id, i.position, b.key_id, b.workload, b.tags::text, i.lane, i.path, i.body, i.tries, i.unfunded_tries, b.windows, b.unfunded_until,
            i.limited_tries, i.refused_until, i.limited_since, b.run_id, coalesce(b.anthropic_version, ''), coalesce(b.anthropic_beta, ''), b.refusal_status = 403
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

    // Of a batch that waits for funds, or for a wallet's freeze to end, it should have shown whether there are any, and the limit kept it from asking: what was refused before is not the last word any more.
    private const string LimitedOne = $"""
        WITH limited AS (
            UPDATE batch_item SET state = 1, claimed_by = NULL, not_before = clock_timestamp() + make_interval(secs => $5), status = $6, answer = $7, attempt_id = $8,
                limited_tries = limited_tries + 1, limited_since = coalesce(limited_since, clock_timestamp())
            WHERE {Of} AND state = 3 RETURNING batch_id)
        UPDATE batch SET asked_again_at = NULL
        WHERE batch_id IN (SELECT batch_id FROM limited) AND unfunded_until IS NOT NULL AND NOT awaits_key AND asked_again_at <= statement_timestamp()
        """;

    private const string UnfundedOne = $"""
        WITH again AS (
            UPDATE batch_item SET state = 1, claimed_by = NULL, unfunded_tries = unfunded_tries + 1, not_before = clock_timestamp() + make_interval(secs => $5), status = $6, answer = $7, attempt_id = $8,
                limited_since = NULL
            WHERE {Of} AND state = 3 RETURNING batch_id)
        UPDATE batch SET unfunded_until = coalesce(unfunded_until, $9), asked_again_at = clock_timestamp() + make_interval(secs => $10), refusal = $7, refusal_status = $6, awaits_key = $11
        WHERE batch_id IN (SELECT batch_id FROM again)
        """;

    // Of one that was given up as unknown meanwhile, the answer is still worth having: it was not run again.
    private const string EndOne = $"""
        UPDATE batch_item SET state = $5, status = $6, answer = $7, attempt_id = $8, body = '', ended_at = clock_timestamp() WHERE {Of} AND state IN (3, 6)
        """;

    private const string Funded = "UPDATE batch SET unfunded_until = NULL, asked_again_at = NULL, refusal = '' WHERE batch_id = $1 AND unfunded_until IS NOT NULL";

    // Its time was over when it could ask at last: that is what the rest of its batch is told too.
    private const string Unpaid = """
        UPDATE batch SET asked_again_at = clock_timestamp() + make_interval(secs => $2), refusal = $3, refusal_status = $4
        WHERE batch_id = $1 AND unfunded_until IS NOT NULL AND asked_again_at IS NULL
        """;

    private const string AwaitedKeys = "SELECT DISTINCT key_id FROM batch WHERE awaits_key AND ended_at IS NULL AND cancelled_at IS NULL AND unfunded_until IS NOT NULL";

    // What waits for something else, as a provider that was overloaded, waits on.
    private const string Lift = """
        WITH lifted AS (
            UPDATE batch SET unfunded_until = NULL, asked_again_at = NULL, refusal = '', awaits_key = false
            WHERE key_id = ANY($1) AND awaits_key AND ended_at IS NULL AND unfunded_until IS NOT NULL RETURNING batch_id)
        UPDATE batch_item i SET not_before = clock_timestamp() FROM lifted l WHERE i.batch_id = l.batch_id AND i.state = 1 AND i.status = 403 AND i.not_before > clock_timestamp()
        """;

    private const string HearOf = """
        UPDATE batch_item i SET heard_at = clock_timestamp() FROM unnest($2::uuid[], $3::int[]) AS r(batch_id, position)
        WHERE i.batch_id = r.batch_id AND i.position = r.position AND i.claimed_by = $1 AND i.state IN (2, 3)
        """;

    private const string GiveBack = "UPDATE batch_item SET state = 1, claimed_by = NULL WHERE claimed_by = $1 AND state = 2";

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
                RunId = reader.GetGuid(15), Headers = new AnthropicHeaders(reader.GetString(16), reader.GetString(17)), IsOfFreeze = reader.GetBoolean(18),
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

    /// <summary>The wallet refused it, or a freeze holds: it waits for an allocation, or for the freeze's end, and all of its batch with it, but for what shows from time to time whether there is one.</summary>
    /// <param name="until">What has not been paid by then has failed.</param>
    public Task UnfundedAsync(Guid replica, ClaimedItem item, TimeSpan pause, DateTimeOffset until, ItemAnswer answer, CancellationToken cancellationToken) => ChangeAsync(
        UnfundedOne, replica, item, [pause.TotalSeconds, answer.Status, answer.Body, answer.AttemptId, until, ItemOutcome.AskAgain.TotalSeconds, answer.AwaitsKey], cancellationToken);

    public async Task EndAsync(Guid replica, ClaimedItem item, ItemState state, ItemAnswer answer, CancellationToken cancellationToken)
    {
        await ChangeAsync(EndOne, replica, item, [(short)state, answer.Status, answer.Body, answer.AttemptId], cancellationToken);
        await TakePaymentInAsync(item, answer, cancellationToken);
        if (answer.IsUnpaid)
        {
            await ExecuteAsync(Unpaid, cancellationToken, item.BatchId, ItemOutcome.AskAgain.TotalSeconds, answer.Body, answer.Status);
        }
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

    /// <summary>The keys that work waits for: it runs when nothing holds them up any more.</summary>
    public async Task<IReadOnlyList<string>> ListAwaitedKeysAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(AwaitedKeys);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(reader.GetString(0));
        }

        return keys;
    }

    /// <summary>What waits for these keys waits for its turn again, and no more for what they were refused for.</summary>
    public Task LiftAsync(string[] keys, CancellationToken cancellationToken) => ExecuteAsync(Lift, cancellationToken, [keys]);

    /// <summary>What was claimed and not begun may be run by others.</summary>
    public Task GiveBackAsync(Guid replica, CancellationToken cancellationToken) => ExecuteAsync(GiveBack, cancellationToken, replica);

    /// <summary>What was sent was paid, whatever came of it: others of its batch need not wait any longer. But a refusal to pay is the newer word, on the next attempt of it.</summary>
    private Task TakePaymentInAsync(ClaimedItem item, ItemAnswer answer, CancellationToken cancellationToken) =>
        item.UnfundedUntil is not null && answer is { IsSent: true, IsUnpaid: false } ? ExecuteAsync(Funded, cancellationToken, item.BatchId) : Task.CompletedTask;

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
/// <param name="Status">Of an error under the status of a success it is the one that the error means.</param>
/// <param name="AttemptId">Of the last attempt; empty when there was none.</param>
/// <param name="RetryAfter">Zero: not said.</param>
/// <param name="IsSent">An attempt of it was sent; else whoever refused it did so before.</param>
/// <param name="MayBeBilled">An attempt of it that brought nothing is billed, or nobody knows whether it is.</param>
/// <param name="IsFrozen">Its key, team or wallet is frozen, or its user disabled.</param>
internal sealed record ItemAnswer(int Status, byte[] Body, string AttemptId, TimeSpan RetryAfter, bool IsSent, bool MayBeBilled = false, bool IsFrozen = false)
{
    /// <summary>The directory knows when what refused it is over: its batch asks nobody until then.</summary>
    public bool AwaitsKey { get; init; }

    /// <summary>The policy has its model, or its lane, no more: nobody was asked.</summary>
    public bool IsOfPolicy { get; init; }

    /// <summary>No money came: it, and all of its batch with it, waits until some does.</summary>
    public bool IsUnpaid => Status == 402 || IsFrozen;
}
