using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Queries;
using Platform.Metering.Repricing;
using Platform.Rating;

namespace Platform.Metering.Imports;

/// <summary>An imported record that is to be taken back.</summary>
/// <param name="Tokens">With all corrections.</param>
/// <param name="Cost">With all corrections; null while it has no price.</param>
/// <param name="PriceId">That the record was rated at last, or its corrections where it never was itself; null while there is none.</param>
/// <param name="Calls">With all corrections.</param>
internal sealed record UndoneRecord(UsageRecord Record, TokenCounts Tokens, Rating.Cost? Cost, long? PriceId, long Calls);

/// <summary>Reads usage records that imports made.</summary>
internal sealed class ImportRecordStore(NpgsqlDataSource dataSource)
{
    private const string SelectKnown = """
        SELECT r.record_id, r.import_id, m.state IN (3, 4), r.occurred_at, r.provider, r.model_served, r.service_tier, r.region,
               r.input_tokens, r.cached_input_tokens, r.cache_write_tokens, r.output_tokens, r.reasoning_tokens, r.cache_write_hour_tokens, coalesce(r.requests, 1),
               r.team_id, r.user_id, r.application_id, r.workload
        FROM usage_identity i
            JOIN usage_record r ON r.occurred_at = i.occurred_at AND r.attempt_id = i.attempt_id AND r.record_id = i.identity_key
            JOIN usage_import m ON m.import_id = r.import_id
        WHERE i.identity_key = ANY($1)
        """;

    // A record with all that has corrected it, and what has corrected that.
    private const string SelectNext = $"""
        SELECT {UsageReader.Columns}, c.corrections, c.input, c.cached_input, c.cache_write, c.output, c.reasoning, c.cache_write_hour,
            c.input_cost, c.cached_input_cost, c.cache_write_cost, c.output_cost, c.reasoning_cost, c.request_cost, c.cache_write_hour_cost,
            coalesce(c.rated_at, price_id, c.corrected_at), c.corrected_requests
        FROM usage_record r, LATERAL (
            WITH direct AS MATERIALIZED (SELECT * FROM usage_record d WHERE d.corrects_record_id = r.record_id)
            SELECT count(*) FILTER (WHERE cost_nanos IS NOT NULL) AS corrections,
                coalesce(sum(input_tokens), 0)::bigint AS input, coalesce(sum(cached_input_tokens), 0)::bigint AS cached_input,
                coalesce(sum(cache_write_tokens), 0)::bigint AS cache_write, coalesce(sum(output_tokens), 0)::bigint AS output,
                coalesce(sum(reasoning_tokens), 0)::bigint AS reasoning, coalesce(sum(cache_write_hour_tokens), 0)::bigint AS cache_write_hour,
                coalesce(sum(input_nanos), 0)::bigint AS input_cost, coalesce(sum(cached_input_nanos), 0)::bigint AS cached_input_cost,
                coalesce(sum(cache_write_nanos), 0)::bigint AS cache_write_cost, coalesce(sum(output_nanos), 0)::bigint AS output_cost,
                coalesce(sum(reasoning_nanos), 0)::bigint AS reasoning_cost, coalesce(sum(request_nanos), 0)::bigint AS request_cost,
                coalesce(sum(cache_write_hour_nanos), 0)::bigint AS cache_write_hour_cost,
                (array_agg(price_id ORDER BY recorded_at DESC, price_id DESC) FILTER (WHERE corrects_record_id = r.record_id AND source = '{RepriceUsage.Source}'))[1] AS rated_at,
                (array_agg(price_id ORDER BY recorded_at DESC, price_id DESC) FILTER (WHERE price_id IS NOT NULL))[1] AS corrected_at,
                coalesce(sum(requests), 0)::bigint AS corrected_requests
            FROM (SELECT * FROM direct UNION ALL SELECT n.* FROM direct d JOIN usage_record n ON n.corrects_record_id = d.record_id) AS correction) c
        WHERE import_id = $1 AND corrects_record_id IS NULL AND (occurred_at, record_id) > ($2, $3)
        ORDER BY occurred_at, record_id LIMIT $4
        """;

    private const string SelectNextIds = """
        SELECT record_id FROM usage_record
        WHERE import_id = $1 AND corrects_record_id IS NULL AND (occurred_at, record_id) > ($2, $3)
        ORDER BY occurred_at, record_id LIMIT $4
        """;

    // Every statement of an undo is a look-up by key in the order of an index. What was imported lately is in no statistics yet: without them the rest of the import would be
    // read and sorted for each thousand of its records.
    private const string PlanAsLookUps = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off";

    private const string SelectSums = """
        SELECT count(*), coalesce(sum(coalesce(requests, 1)), 0)::bigint, count(*) FILTER (WHERE cost_nanos IS NULL), coalesce(sum(cost_nanos), 0)::bigint,
               min(occurred_at), max(occurred_at)
        FROM usage_record WHERE import_id = $1 AND corrects_record_id IS NULL
        """;

    /// <summary>Those of the records that are kept, by id.</summary>
    public async Task<IReadOnlyDictionary<Guid, ImportedRecord>> ReadKnownAsync(Guid[] recordIds, CancellationToken cancellationToken)
    {
        var known = new Dictionary<Guid, ImportedRecord>(recordIds.Length);
        if (recordIds.Length == 0)
        {
            return known;
        }

        await using var command = dataSource.CreateCommand(SelectKnown);
        command.Parameters.Add(new() { Value = recordIds });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            known.Add(reader.GetGuid(0), new ImportedRecord(
                reader.GetGuid(0), reader.GetGuid(1), reader.GetBoolean(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetString(4), reader.GetString(5),
                reader.GetString(6), reader.GetString(7),
                new TokenCounts(reader.GetInt64(8), reader.GetInt64(9), reader.GetInt64(10), reader.GetInt64(11), reader.GetInt64(12), reader.GetInt64(13)),
                reader.GetInt64(14), new Attribution(reader.GetString(15), reader.GetString(16), reader.GetString(17), reader.GetString(18), Skip: false)));
        }

        return known;
    }

    /// <summary>
    /// The next records of an import that takes no more rows, behind a cursor. Locked before their corrections are added up: what is decided on them meanwhile by
    /// others is in the sums, or waits until these are taken back. The transaction plans as look-ups from then on.
    /// </summary>
    public static async Task<List<UndoneRecord>> LockNextAsync(
        NpgsqlTransaction transaction, Guid importId, DateTimeOffset? after, Guid? afterRecord, int limit, CancellationToken cancellationToken)
    {
        await using (var plan = new NpgsqlCommand(PlanAsLookUps, transaction.Connection, transaction))
        {
            await plan.ExecuteNonQueryAsync(cancellationToken);
        }

        var ids = await ReadNextAsync(transaction, SelectNextIds, importId, after, afterRecord, limit, reader => reader.GetGuid(0), cancellationToken);
        await IdentityStore.LockAsync(transaction, [.. ids], cancellationToken);
        return await ReadNextAsync(transaction, SelectNext, importId, after, afterRecord, limit, ReadUndone, cancellationToken);
    }

    private static async Task<List<T>> ReadNextAsync<T>(
        NpgsqlTransaction transaction, string sql, Guid importId, DateTimeOffset? after, Guid? afterRecord, int limit, Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = importId }, new() { Value = after ?? DateTimeOffset.MinValue, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = afterRecord ?? Guid.Empty }, new() { Value = limit },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var records = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            records.Add(read(reader));
        }

        return records;
    }

    /// <summary>What an import's records are as they were imported, and when they were used.</summary>
    public static async Task<(ImportCounts Counts, DateTimeOffset? First, DateTimeOffset? Last)> SumAsync(
        NpgsqlTransaction transaction, Guid importId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SelectSums, transaction.Connection, transaction) { Parameters = { new() { Value = importId } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (
            new ImportCounts { Accepted = reader.GetInt64(0), Calls = reader.GetInt64(1), Unpriced = reader.GetInt64(2), CostNanos = reader.GetInt64(3) },
            reader.GetFieldValue<DateTimeOffset?>(4), reader.GetFieldValue<DateTimeOffset?>(5));
    }

    private static UndoneRecord ReadUndone(NpgsqlDataReader reader)
    {
        const int first = UsageReader.ColumnCount;
        long Figure(int ordinal) => reader.GetInt64(first + ordinal);
        var record = UsageReader.Read(reader);
        var tokens = RatedUsage.TokensOf(record.Event);
        var corrected = new Rating.Cost(Figure(7), Figure(8), Figure(9), Figure(10), Figure(11), Figure(12), Figure(13));
        return new UndoneRecord(
            record,
            new TokenCounts(
                tokens.Input + Figure(1), tokens.CachedInput + Figure(2), tokens.CacheWrite + Figure(3), tokens.Output + Figure(4), tokens.Reasoning + Figure(5),
                tokens.CacheWriteHour + Figure(6)),
            record.Cost is { } own
                ? corrected + new Rating.Cost(own.InputNanos, own.CachedInputNanos, own.CacheWriteNanos, own.OutputNanos, own.ReasoningNanos, own.RequestNanos, own.CacheWrite1HNanos)
                : Figure(0) > 0 ? corrected : null,
            reader.GetFieldValue<long?>(first + 14), UsageCalls.Of(record.Event) + Figure(15));
    }
}
