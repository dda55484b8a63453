using Npgsql;
using NpgsqlTypes;

namespace Platform.Metering.Queries;

/// <summary>The statements that sum units of one grain: by bucket, sign and the asked dimensions. Their columns are alike, so that parts of all grains are one union.</summary>
internal static class SpendParts
{
    private const int MostRuns = 4;

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

    /// <param name="units">Of one grain.</param>
    /// <param name="columns">Of the asked dimensions; answered as key0, key1, …</param>
    /// <param name="booked">By when usage is booked instead of when it occurred.</param>
    public static IEnumerable<string> Of(
        RollupUnit[] units, List<string> columns, IReadOnlyList<SpendCondition> conditions, bool booked, NpgsqlParameterCollection parameters) =>
        Sources(units[0].Grain, booked).SelectMany(source => Of(source, units, columns, conditions, parameters));

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

    private static IEnumerable<string> Of(
        Source source, RollupUnit[] units, List<string> columns, IReadOnlyList<SpendCondition> conditions, NpgsqlParameterCollection parameters)
    {
        var keys = string.Concat(columns.Select((column, index) => $"{column} AS key{index}, "));
        var filters = source.Where + string.Concat(conditions.Select(condition =>
            " AND " + condition.ToSql(SpendDimensions.RollupColumn(condition.Dimension), parameters)));
        var runs = Runs(units);
        return runs.Count <= MostRuns
            ? runs.Select(run => RunPart(source, run, keys, string.Join(", ", columns), filters, parameters))
            : [UnitsPart(source, units, keys, string.Concat(columns.Select(column => $"{column}, ")), filters, parameters)];
    }

    /// <summary>Units side by side that are of one bucket and sign, as such: a period's days are one.</summary>
    private static List<Run> Runs(RollupUnit[] units)
    {
        var runs = new List<Run>();
        foreach (var unit in units)
        {
            var end = unit.Start + RollupUnits.SizeOf(unit.Grain);
            if (runs.Count > 0 && (runs[^1].Bucket, runs[^1].Sign, runs[^1].To) == (unit.Bucket, unit.Sign, unit.Start))
            {
                runs[^1] = runs[^1] with { To = end };
            }
            else
            {
                runs.Add(new Run(unit.Start, end, unit.Sign, unit.Bucket));
            }
        }

        return runs;
    }

    // A whole range is summed as it is read, by several workers of the database.
    private static string RunPart(Source source, Run run, string keys, string groups, string filters, NpgsqlParameterCollection parameters)
    {
        var first = parameters.Count + 1;
        parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = run.From });
        parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = run.To });
        return $"""
            SELECT {run.Bucket} AS bucket, {run.Sign} AS sign, {keys}{Measures}, {source.Tokens}
            FROM {source.Table}
            WHERE {source.Start} >= ${first} AND {source.Start} < ${first + 1}{filters}{(groups.Length > 0 ? $" GROUP BY {groups}" : "")}
            """;
    }

    // Each unit is met by equality, which the database joins well whatever their number; the range beside it is what lets it read only that part. What is to be
    // added and what to be taken away is summed apart first, so that signs multiply few sums and not many rows.
    private static string UnitsPart(Source source, RollupUnit[] units, string keys, string groups, string filters, NpgsqlParameterCollection parameters)
    {
        var first = parameters.Count + 1;
        parameters.Add(new NpgsqlParameter<DateTimeOffset[]> { TypedValue = Array.ConvertAll(units, unit => unit.Start), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        parameters.Add(new NpgsqlParameter<int[]> { TypedValue = Array.ConvertAll(units, unit => unit.Sign) });
        parameters.Add(new NpgsqlParameter<int[]> { TypedValue = Array.ConvertAll(units, unit => unit.Bucket) });
        parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = units.Min(unit => unit.Start) });
        parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = units.Max(unit => unit.Start) });
        return $"""
            SELECT unit.bucket, unit.sign, {keys}{Measures}, {source.Tokens}
            FROM unnest(${first}, ${first + 1}, ${first + 2}) AS unit (start, sign, bucket) JOIN {source.Table} ON {source.Start} = unit.start
            WHERE {Reach(source, units, first)}{filters}
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

    private readonly record struct Source(string Table, string Start, string Tokens, string Where);

    private readonly record struct Run(DateTimeOffset From, DateTimeOffset To, int Sign, int Bucket);
}
