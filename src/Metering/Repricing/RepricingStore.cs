using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;
using Platform.Rating;

namespace Platform.Metering.Repricing;

/// <summary>A price whose corrections are owed: for what was sent in [From, To), looked at up to the cursor.</summary>
internal sealed record RepricingWork(long RepricingId, long PriceId, DateTimeOffset From, DateTimeOffset To, DateTimeOffset? DoneUntil, Guid? DoneRecord);

/// <summary>A stored record with what it has cost so far by price alone.</summary>
/// <param name="ContextTokens">What its context tier is chosen by: its own input, or that of the record that it corrects.</param>
/// <param name="UsedTokens">Whether it used any token, or the record that it corrects did: what a fee is due for.</param>
/// <param name="Cost">Null while it has no price.</param>
/// <param name="RatedAt">The version that it was last rated at; 0 while it has no price.</param>
/// <param name="PricedAt">When it occurred, or the record that it corrects did: its price is that of this moment.</param>
internal sealed record RepricedRecord(UsageRecord Record, long ContextTokens, bool UsedTokens, Rating.Cost? Cost, long RatedAt, DateTimeOffset PricedAt)
{
    /// <summary>Itself, or the record that it corrects.</summary>
    public Guid CorrectedRecord => Guid.Parse(Record.Event.CorrectsRecordId is { Length: > 0 } corrected ? corrected : Record.RecordId);
}

/// <param name="Work">With its cursor behind them.</param>
/// <param name="IsLast">Nothing comes after them.</param>
internal sealed record RepricingBatch(IReadOnlyList<RepricedRecord> Records, RepricingWork Work, bool IsLast);

/// <summary>All SQL of repricing.</summary>
internal sealed class RepricingStore
{
    // Work that waits and lies within a day of it is widened: each group of an import in no order of time would be a work over the whole time else. One that somebody has locked may have begun: nobody waits for it.
    // All prices of a list in one look: a look a price reads what the others owe each time, so that ten thousand took longer than their caller waits.
    private const string Owe = """
        WITH owed AS (SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS o (price_id, owed_from, owed_to)
        ), waiting AS (
            SELECT r.repricing_id, o.* FROM repricing r JOIN owed o ON o.price_id = r.price_id
            WHERE r.ended_at IS NULL AND r.done_until IS NULL
              AND r.occurred_from <= o.owed_to + interval '1 day' AND r.occurred_to >= o.owed_from - interval '1 day'
            FOR UPDATE OF r SKIP LOCKED
        ), oldest AS (
            SELECT DISTINCT ON (price_id) * FROM waiting ORDER BY price_id, repricing_id
        ), widened AS (
            UPDATE repricing r SET occurred_from = least(r.occurred_from, o.owed_from), occurred_to = greatest(r.occurred_to, o.owed_to)
            FROM oldest o WHERE r.repricing_id = o.repricing_id RETURNING r.price_id)
        INSERT INTO repricing (price_id, occurred_from, occurred_to, recorded_at)
        SELECT price_id, owed_from, owed_to, $4 FROM owed WHERE price_id NOT IN (SELECT price_id FROM widened) ORDER BY price_id
        """;

    // Locked until its batch is done, so that nobody widens what is being looked at; behind whoever widens it now.
    private const string Next = """
        SELECT repricing_id, price_id, occurred_from, occurred_to, done_until, done_record FROM repricing WHERE ended_at IS NULL ORDER BY repricing_id LIMIT 1 FOR UPDATE
        """;

    private const string Advance = """
        UPDATE repricing SET done_until = $2, done_record = $3, corrections = corrections + $4, ended_at = $5 WHERE repricing_id = $1
        """;

    private static readonly string Models = $"SELECT DISTINCT provider, model FROM usage_summary WHERE grain = {(int)RollupGrain.Day}";

    // Records under any name of the model, each with its corrections, whenever those occurred: they take back what it costs (looked up one by one: a join could read all there is). And what
    // the price book itself has corrected them by, which occurred when they did. Neither look reads the months before the record: the intake takes in no correction that is dated before it, and one of an
    // older version that is keeps what it was rated at (docs/decisions/0013).
    private const string Candidates = $"""
        WITH found AS (
            SELECT r.* FROM usage_record r
            WHERE occurred_at >= $1 AND occurred_at < $2 AND (occurred_at, record_id) > ($3, $4)
              AND provider = $5 AND model_served = ANY($6) AND service_tier = $7 AND corrects_record_id IS NULL AND adjustment_nanos IS NULL
            ORDER BY occurred_at, record_id LIMIT $8),
        context AS (
            SELECT record_id AS of_record, occurred_at AS of_moment,
                coalesce(context_tokens, input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens) AS context_of,
                input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens + output_tokens + reasoning_tokens <> 0 AS used_any
            FROM found),
        candidate AS (
            SELECT found.*, context.* FROM found JOIN context ON of_record = record_id
            UNION ALL SELECT d.*, context.* FROM context, LATERAL (SELECT * FROM usage_record WHERE corrects_record_id = of_record AND occurred_at >= of_moment AND source <> '{RepriceUsage.Source}' OFFSET 0) d)
        SELECT {UsageReader.Columns}, context_of, used_any,
            priced.corrections, priced.input, priced.cached_input, priced.cache_write, priced.output, priced.reasoning, priced.request, priced.cache_write_hour, priced.rated_at, of_moment
        FROM candidate r, LATERAL (
            SELECT count(*) AS corrections, coalesce(sum(c.input_nanos), 0)::bigint AS input, coalesce(sum(c.cached_input_nanos), 0)::bigint AS cached_input,
                coalesce(sum(c.cache_write_nanos), 0)::bigint AS cache_write, coalesce(sum(c.output_nanos), 0)::bigint AS output,
                coalesce(sum(c.reasoning_nanos), 0)::bigint AS reasoning, coalesce(sum(c.request_nanos), 0)::bigint AS request,
                coalesce(sum(c.cache_write_hour_nanos), 0)::bigint AS cache_write_hour,
                (array_agg(c.price_id ORDER BY c.recorded_at DESC, c.price_id DESC))[1] AS rated_at
            FROM usage_record c WHERE c.corrects_record_id = r.record_id AND c.occurred_at = r.occurred_at AND c.source = '{RepriceUsage.Source}') priced
        ORDER BY of_moment, of_record, corrects_record_id IS NOT NULL, recorded_at, r.record_id
        """;

    /// <summary>Owes the corrections that prices bring for what was sent in [From, To): each by a work of its own, or by one of the price that waits and is widened to it.</summary>
    /// <param name="owed">Each price once.</param>
    public static async Task OweAsync(
        NpgsqlTransaction transaction, IReadOnlyCollection<(long PriceId, DateTimeOffset From, DateTimeOffset To)> owed, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (owed.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(Owe, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = owed.Select(one => one.PriceId).ToArray() }, new() { Value = owed.Select(one => one.From).ToArray() },
                new() { Value = owed.Select(one => one.To).ToArray() }, new() { Value = now },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The oldest work that is not ended, locked to the transaction's end; null when there is none.</summary>
    public static async Task<RepricingWork?> LockNextAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Next, transaction.Connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new RepricingWork(
                reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetFieldValue<DateTimeOffset>(3),
                reader.GetFieldValue<DateTimeOffset?>(4), reader.GetFieldValue<Guid?>(5))
            : null;
    }

    /// <summary>The next records that the work may concern, in the order of its cursor, each with its corrections behind it, as they were recorded.</summary>
    /// <param name="names">The model and its aliases.</param>
    /// <param name="limit">Of records; corrections of them come on top.</param>
    public static async Task<RepricingBatch> ReadCandidatesAsync(
        NpgsqlConnection connection, RepricingWork work, string provider, string[] names, string tier, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Candidates, connection)
        {
            Parameters =
            {
                new() { Value = work.From }, new() { Value = work.To },
                new() { Value = work.DoneUntil ?? DateTimeOffset.MinValue, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = work.DoneRecord ?? Guid.Empty }, new() { Value = provider }, new() { Value = names }, new() { Value = tier },
                new() { Value = limit },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var records = new List<RepricedRecord>();
        var looked = 0;
        while (await reader.ReadAsync(cancellationToken))
        {
            var record = UsageReader.Read(reader);
            records.Add(new RepricedRecord(
                record, reader.GetInt64(UsageReader.ColumnCount), reader.GetBoolean(UsageReader.ColumnCount + 1), CostSoFar(reader, record), RatedAt(reader, record),
                reader.GetFieldValue<DateTimeOffset>(UsageReader.ColumnCount + 11)));
            if (record.Event.CorrectsRecordId.Length == 0)
            {
                work = work with { DoneUntil = records[^1].PricedAt, DoneRecord = Guid.Parse(record.RecordId) };
                looked++;
            }
        }

        return new RepricingBatch(records, work, looked < limit);
    }

    /// <summary>The names of models that there is usage of.</summary>
    public static async Task<HashSet<(string Provider, string Model)>> ReadModelsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Models, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var models = new HashSet<(string, string)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            models.Add((reader.GetString(0), reader.GetString(1)));
        }

        return models;
    }

    /// <summary>Moves the work's cursor behind a batch; ends it when <paramref name="endedAt"/> is given.</summary>
    public static async Task AdvanceAsync(
        NpgsqlTransaction transaction, RepricingWork work, int corrections, DateTimeOffset? endedAt, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Advance, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = work.RepricingId },
                new() { Value = (object?)work.DoneUntil ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = (object?)work.DoneRecord ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                new() { Value = (long)corrections },
                new() { Value = (object?)endedAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static long RatedAt(NpgsqlDataReader reader, UsageRecord record)
    {
        const int last = UsageReader.ColumnCount + 10;
        return reader.IsDBNull(last) ? record.Event.PriceId : reader.GetInt64(last);
    }

    private static Rating.Cost? CostSoFar(NpgsqlDataReader reader, UsageRecord record)
    {
        const int first = UsageReader.ColumnCount + 2;
        var corrected = new Rating.Cost(
            reader.GetInt64(first + 1), reader.GetInt64(first + 2), reader.GetInt64(first + 3), reader.GetInt64(first + 4), reader.GetInt64(first + 5),
            reader.GetInt64(first + 6), reader.GetInt64(first + 7));
        return record.Cost is { } own
            ? corrected + new Rating.Cost(
                own.InputNanos, own.CachedInputNanos, own.CacheWriteNanos, own.OutputNanos, own.ReasoningNanos, own.RequestNanos, own.CacheWrite1HNanos)
            : reader.GetInt64(first) > 0 ? corrected : null;
    }
}
