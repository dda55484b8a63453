using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>What a group spent in a bucket.</summary>
/// <param name="Keys">Of the asked dimensions, in their order.</param>
internal readonly record struct SpendSums(int Bucket, string[] Keys, SpendFigures Figures);

/// <summary>Reads the roll-ups.</summary>
internal sealed class SpendStore(NpgsqlDataSource dataSource)
{
    private const string Sums = """
        sum(sign * cost)::bigint, sum(sign * calls)::bigint, sum(sign * input)::bigint, sum(sign * cached)::bigint, sum(sign * output)::bigint,
        sum(sign * unpriced)::bigint, sum(sign * unclassified)::bigint, sum(sign * unclassified_cost)::bigint
        """;

    private const string SummaryTokens = "sum(input_tokens)::bigint AS input, sum(cached_input_tokens)::bigint AS cached, sum(output_tokens)::bigint AS output";
    private const string RollupTokens = """
        sum(input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens)::bigint AS input, sum(cached_input_tokens)::bigint AS cached,
        sum(output_tokens + reasoning_tokens)::bigint AS output
        """;

    private const string Measures = """
        sum(cost_nanos)::bigint AS cost, sum(calls)::bigint AS calls, sum(records)::bigint AS records,
        coalesce(sum(calls) FILTER (WHERE NOT priced), 0)::bigint AS unpriced, coalesce(sum(calls) FILTER (WHERE workload = ''), 0)::bigint AS unclassified,
        coalesce(sum(cost_nanos) FILTER (WHERE workload = ''), 0)::bigint AS unclassified_cost
        """;

    private const string Extent = """
        SELECT (SELECT min(starts_at) FROM usage_summary WHERE grain = 1), greatest(
            (SELECT max(starts_at) + interval '1 hour' FROM usage_summary WHERE grain = 1),
            (SELECT max(booked_at) + interval '15 minutes' FROM usage_summary WHERE booked_at IS NOT NULL))
        """;

    /// <summary>
    /// Sums by bucket and the asked dimensions, at most <paramref name="limit"/> of them, in no order; all in one snapshot, so that units of different roll-ups add up.
    /// </summary>
    /// <param name="booked">By when usage is booked instead of when it occurred.</param>
    public async Task<List<SpendSums>> ReadAsync(
        IReadOnlyCollection<RollupUnit> units, IReadOnlyList<SpendDimension> dimensions, IReadOnlyList<SpendCondition> conditions, bool booked, int limit,
        CancellationToken cancellationToken)
    {
        if (units.Count == 0)
        {
            return [];
        }

        await using var command = dataSource.CreateCommand();
        var columns = dimensions.Select(SpendDimensions.RollupColumn).ToList();
        var names = string.Concat(columns.Select((_, index) => $"key{index}, "));
        var parts = units.GroupBy(unit => unit.Grain)
            .SelectMany(grain => Sources(grain.Key, booked).Select(source => Part(source, [.. grain], columns, conditions, command.Parameters)));
        command.CommandText = $"""
            SELECT bucket, {names}{Sums} FROM ({string.Join(" UNION ALL ", parts)}) AS part
            GROUP BY {names}bucket HAVING sum(sign * records) <> 0 LIMIT {limit}
            """;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<SpendSums>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(Read(reader, dimensions));
        }

        return rows;
    }

    /// <summary>From the first to the last hour that anything was spent in; null while there is nothing.</summary>
    public async Task<(DateTimeOffset From, DateTimeOffset To)?> ReadExtentAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Extent);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.IsDBNull(0) ? null : (reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<DateTimeOffset>(1));
    }

    /// <summary>Which rows, where one begins, and how its tokens are summed. What is booked late is few, and stands apart from its time's other rows.</summary>
    private static Source[] Sources(RollupGrain grain, bool booked)
    {
        var (table, start, tokens, where) = grain == RollupGrain.CallerQuarterHour
            ? ("usage_rollup", "quarter_hour", RollupTokens, "")
            : ("usage_summary", "starts_at", SummaryTokens, $" AND grain = {(int)grain}");
        var size = $"interval '{RollupUnits.SizeOf(grain).TotalMinutes:0} minutes'";
        return booked
            ?
            [
                new Source(table, start, tokens, where + " AND booked_at IS NULL"),
                new Source(table, $"date_bin({size}, booked_at, '2000-01-01Z')", tokens, where + " AND booked_at IS NOT NULL"),
            ]
            : [new Source(table, start, tokens, where)];
    }

    // Each unit is met by equality, which the database joins well whatever their number; the range beside it is what lets it read only that part. What is to be
    // added and what to be taken away is summed apart first, so that signs multiply few sums and not many rows.
    private static string Part(
        Source source, RollupUnit[] units, List<string> columns, IReadOnlyList<SpendCondition> conditions, NpgsqlParameterCollection parameters)
    {
        var first = parameters.Count + 1;
        parameters.Add(new NpgsqlParameter<DateTimeOffset[]> { TypedValue = Array.ConvertAll(units, unit => unit.Start), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        parameters.Add(new NpgsqlParameter<int[]> { TypedValue = Array.ConvertAll(units, unit => unit.Sign) });
        parameters.Add(new NpgsqlParameter<int[]> { TypedValue = Array.ConvertAll(units, unit => unit.Bucket) });
        parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = units.Min(unit => unit.Start) });
        parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = units.Max(unit => unit.Start) });
        var keys = string.Concat(columns.Select((column, index) => $"{column} AS key{index}, "));
        var groups = string.Concat(columns.Select(column => $"{column}, "));
        var filters = string.Concat(conditions.Select(condition =>
            " AND " + condition.ToSql(SpendDimensions.RollupColumn(condition.Dimension), parameters)));
        return $"""
            SELECT unit.bucket, unit.sign, {keys}{Measures}, {source.Tokens}
            FROM unnest(${first}, ${first + 1}, ${first + 2}) AS unit (start, sign, bucket) JOIN {source.Table} ON {source.Start} = unit.start
            WHERE {Reach(source, units, first)}{source.Where}{filters}
            GROUP BY {groups}unit.bucket, unit.sign
            """;
    }

    // The hours around midnights lie far apart: they are looked up one by one, where units side by side are read as a range.
    private static string Reach(Source source, RollupUnit[] units, int first)
    {
        var (from, to) = (units.Min(unit => unit.Start), units.Max(unit => unit.Start));
        return (to - from) / RollupUnits.SizeOf(units[0].Grain) > 2 * units.Length
            ? $"{source.Start} = ANY(${first})"
            : $"{source.Start} BETWEEN ${first + 3} AND ${first + 4}";
    }

    private static SpendSums Read(NpgsqlDataReader reader, IReadOnlyList<SpendDimension> dimensions)
    {
        var keys = new string[dimensions.Count];
        for (var index = 0; index < keys.Length; index++)
        {
            keys[index] = SpendDimensions.IsNumber(dimensions[index])
                ? SpendDimensions.NameOf(dimensions[index], reader.GetInt16(index + 1))
                : reader.GetString(index + 1);
        }

        var next = keys.Length + 1;
        return new SpendSums(reader.GetInt32(0), keys, new SpendFigures(
            reader.GetInt64(next), reader.GetInt64(next + 1), reader.GetInt64(next + 2), reader.GetInt64(next + 3), reader.GetInt64(next + 4),
            reader.GetInt64(next + 5), reader.GetInt64(next + 6), reader.GetInt64(next + 7)));
    }

    private readonly record struct Source(string Table, string Start, string Tokens, string Where);
}
