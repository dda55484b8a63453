using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Repricing;

namespace Platform.Metering.Queries;

/// <summary>
/// Sums what wallets let through though they could not cover it, from the records: such usage is few, so it is a partial index instead of a dimension that every roll-up row
/// would be told apart by.
/// </summary>
internal sealed class MarkedSpendStore(NpgsqlDataSource dataSource)
{
    // As of the roll-ups. What had no price and was given one late is not unpriced any more; asked record by record, which few need, because all late prices would be
    // many to read.
    private const string Sums = $"""
        coalesce(sum(cost_nanos), 0)::bigint, sum(calls)::bigint,
        sum(input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens)::bigint, sum(cached_input_tokens)::bigint,
        sum(output_tokens + reasoning_tokens)::bigint,
        coalesce(sum(calls) FILTER (WHERE cost_nanos IS NULL AND (
            SELECT c.record_id FROM usage_record c WHERE c.corrects_record_id = r.record_id AND c.source = '{RepriceUsage.Source}' LIMIT 1) IS NULL), 0)::bigint,
        coalesce(sum(calls) FILTER (WHERE workload = ''), 0)::bigint, coalesce(sum(cost_nanos) FILTER (WHERE workload = ''), 0)::bigint,
        coalesce(sum(adjustment_nanos), 0)::bigint
        """;

    private const string Calls = "LATERAL (SELECT coalesce(r.requests, CASE WHEN r.corrects_record_id IS NULL THEN 1 ELSE 0 END) AS calls) AS counted";

    /// <summary>As of <see cref="SpendSource"/>.</summary>
    public async Task<List<SpendSums>> ReadAsync(
        IReadOnlyList<TimeBucket> buckets, IReadOnlyList<SpendDimension> dimensions, IReadOnlyList<SpendCondition> conditions, bool booked, int limit,
        SpendCut? cut, CancellationToken cancellationToken)
    {
        var rows = new List<SpendSums>();
        if (buckets.Count == 0)
        {
            return rows;
        }

        await using var command = dataSource.CreateCommand();
        SetStatement(command, buckets, dimensions, conditions, booked, limit, cut);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(SpendStore.Read(reader, dimensions, cut));
        }

        return rows;
    }

    /// <summary>As of <see cref="SpendStore"/>: where marked usage begins within a span, of what is kept.</summary>
    public async Task<DateTimeOffset?> FindFirstAsync(
        DateTimeOffset from, DateTimeOffset to, IReadOnlyList<SpendCondition> conditions, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand();
        command.Parameters.Add(new() { Value = to });
        var filters = string.Concat(conditions.Select(condition => " AND " + condition.ToSql(SpendDimensions.RecordColumn(condition.Dimension), command.Parameters)));
        command.CommandText =
            $"SELECT occurred_at FROM usage_record WHERE mark IS NOT NULL AND occurred_at < $1 AND corrects_record_id IS NULL{filters} ORDER BY occurred_at LIMIT 1";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return !await reader.ReadAsync(cancellationToken) ? null
            : reader.GetFieldValue<DateTimeOffset>(0) is var first && first < from ? from : first;
    }

    private static void SetStatement(
        NpgsqlCommand command, IReadOnlyList<TimeBucket> buckets, IReadOnlyList<SpendDimension> dimensions, IReadOnlyList<SpendCondition> conditions, bool booked,
        int limit, SpendCut? cut)
    {
        command.Parameters.Add(new() { Value = buckets.Min(bucket => bucket.From) });
        command.Parameters.Add(new() { Value = buckets.Max(bucket => bucket.To) });
        command.Parameters.Add(Moments(buckets.Select(bucket => bucket.From)));
        command.Parameters.Add(Moments(buckets.Select(bucket => bucket.To)));
        var keys = string.Concat(dimensions.Select(dimension => SpendDimensions.RecordColumn(dimension) + ", "));
        var filters = string.Concat(conditions.Select(condition => " AND " + condition.ToSql(SpendDimensions.RecordColumn(condition.Dimension), command.Parameters)));

        // Nothing is booked before it occurs.
        var (moment, bound) = booked ? ("coalesce(booked_at, occurred_at)", " AND occurred_at < $2") : ("occurred_at", "");
        var sums = $"""
            SELECT bucket, {keys}{Sums}
            FROM usage_record r, {Calls}, {BucketOf(buckets, moment)}
            WHERE mark IS NOT NULL AND {moment} >= $1 AND {moment} < $2{bound}{filters}
            GROUP BY {keys}bucket
            """;
        command.CommandText = cut?.ToSql(sums, dimensions) ?? $"{sums} LIMIT {limit}";
    }

    /// <summary>Many buckets lie side by side, and a record's is looked for by halves; a few may overlap, and are tried one by one.</summary>
    private static string BucketOf(IReadOnlyList<TimeBucket> buckets, string moment) => buckets.Skip(1).Zip(buckets, (next, one) => next.From == one.To).All(isNext => isNext)
        ? $"LATERAL (SELECT width_bucket({moment}, $3) - 1 AS bucket) AS part"
        : $"LATERAL (SELECT position::int - 1 AS bucket FROM unnest($3, $4) WITH ORDINALITY AS u (starts_at, ends_at, position) WHERE {moment} >= starts_at AND {moment} < ends_at) AS part";

    private static NpgsqlParameter<DateTimeOffset[]> Moments(IEnumerable<DateTimeOffset> moments) =>
        new() { TypedValue = [.. moments], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };
}
