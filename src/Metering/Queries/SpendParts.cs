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
        coalesce(sum(cost_nanos) FILTER (WHERE workload = ''), 0)::bigint AS unclassified_cost, sum(adjustment_nanos)::bigint AS adjustment
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
            : (RollupUnits.IsFolded(grain) ? "usage_fold" : "usage_summary", "starts_at", SummaryTokens, $" AND grain = {(int)grain}");
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
            : [UnitsPart(source, units, columns, keys, filters, parameters)];
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

    // Each unit's rows are summed by the asked dimensions before they meet the buckets: an hour between two days is read once, added to the one and taken from the
    // other. The database knows how many units and values there are, but not how many rows a join brings: of rows it would sort all, on disk.
    private static string UnitsPart(Source source, RollupUnit[] units, List<string> columns, string keys, string filters, NpgsqlParameterCollection parameters)
    {
        var names = string.Concat(columns.Select((_, index) => $"key{index}, "));
        var groups = string.Concat(columns.Select(column => $"{column}, "));
        var starts = units.Select(unit => unit.Start).Distinct().Order().ToArray();
        var first = parameters.Count + 1;
        parameters.Add(Moments(starts));
        parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = starts[0] });
        parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = starts[^1] });
        parameters.Add(Moments(Array.ConvertAll(units, unit => unit.Start)));
        parameters.Add(new NpgsqlParameter<int[]> { TypedValue = Array.ConvertAll(units, unit => unit.Sign) });
        parameters.Add(new NpgsqlParameter<int[]> { TypedValue = Array.ConvertAll(units, unit => unit.Bucket) });

        // Units that lie far apart, as the hours around midnights, are looked up one by one; where they are side by side a range is read.
        var lieApart = (starts[^1] - starts[0]) / RollupUnits.SizeOf(units[0].Grain) > 2 * starts.Length;
        return $"""
            SELECT unit.bucket, unit.sign, {names}cost, calls, records, unpriced, unclassified, unclassified_cost, adjustment, input, cached, output
            FROM unnest(${first + 3}, ${first + 4}, ${first + 5}) AS unit (start, sign, bucket) JOIN (
                SELECT {source.Start} AS start, {keys}{Measures}, {source.Tokens}
                FROM {source.Table}
                WHERE {source.Start} {(lieApart ? $"= ANY(${first})" : $"BETWEEN ${first + 1} AND ${first + 2}")}{filters}
                GROUP BY {groups}{source.Start}) AS summed USING (start)
            """;
    }

    private static NpgsqlParameter<DateTimeOffset[]> Moments(DateTimeOffset[] moments) => new() { TypedValue = moments, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };

    private readonly record struct Source(string Table, string Start, string Tokens, string Where);

    private readonly record struct Run(DateTimeOffset From, DateTimeOffset To, int Sign, int Bucket);
}
