using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>Reads the roll-ups.</summary>
internal sealed class SpendStore(NpgsqlDataSource dataSource)
{
    private const string Sums = """
        coalesce(sum(cost_nanos), 0)::bigint, coalesce(sum(calls), 0)::bigint,
        coalesce(sum(input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens), 0)::bigint,
        coalesce(sum(output_tokens + reasoning_tokens), 0)::bigint,
        coalesce(sum(records) FILTER (WHERE NOT priced), 0)::bigint
        """;

    private const string Filter = """
        FROM usage_rollup
        WHERE quarter_hour >= $1 AND quarter_hour < $2
          AND ($3 = '' OR team_id = $3) AND ($4 = '' OR workload = $4) AND ($5 = '' OR model = $5)
        """;

    private const string RunRate = """
        WITH bound AS (
            SELECT date_trunc('month', local) AT TIME ZONE $2 AS month_start,
                   (date_trunc('month', local) + interval '1 month') AT TIME ZONE $2 AS month_end,
                   date_trunc('day', local) AT TIME ZONE $2 AS today,
                   (date_trunc('day', local) - interval '7 days') AT TIME ZONE $2 AS week_start
            FROM (SELECT $1 AT TIME ZONE $2 AS local) AS clock)
        SELECT bound.month_end,
               coalesce(sum(cost_nanos) FILTER (WHERE quarter_hour > $1 - interval '1 hour'), 0)::bigint,
               coalesce(sum(cost_nanos) FILTER (WHERE quarter_hour > $1 - interval '24 hours'), 0)::bigint,
               coalesce(sum(cost_nanos) FILTER (WHERE quarter_hour > $1 - interval '168 hours'), 0)::bigint,
               coalesce(sum(cost_nanos) FILTER (WHERE quarter_hour >= month_start AND quarter_hour < month_end), 0)::bigint,
               coalesce(sum(cost_nanos) FILTER (WHERE quarter_hour >= week_start AND quarter_hour < today), 0)::bigint
        FROM bound LEFT JOIN usage_rollup
            ON quarter_hour >= least(month_start, week_start) AND ($3 = '' OR team_id = $3)
        GROUP BY bound.month_end
        """;

    /// <summary>Sums by the asked dimensions, in their order; at most <paramref name="limit"/> rows.</summary>
    public async Task<List<SpendRow>> ReadAsync(SpendFilter filter, IReadOnlyList<SpendDimension> dimensions, int limit, CancellationToken cancellationToken)
    {
        var keys = string.Concat(dimensions.Select(dimension => Expression(dimension) + ", "));
        var numbers = string.Join(", ", Enumerable.Range(1, dimensions.Count));
        var grouping = dimensions.Count == 0 ? "" : $"GROUP BY {numbers} ORDER BY {numbers}";
        await using var command = dataSource.CreateCommand($"SELECT {keys}{Sums} {Filter} {grouping} LIMIT $6");
        command.Parameters.Add(new() { Value = filter.From });
        command.Parameters.Add(new() { Value = filter.To });
        command.Parameters.Add(new() { Value = filter.TeamId });
        command.Parameters.Add(new() { Value = filter.Workload });
        command.Parameters.Add(new() { Value = filter.Model });
        command.Parameters.Add(new() { Value = limit });
        if (dimensions.Any(IsCalendar))
        {
            command.Parameters.Add(new() { Value = filter.TimeZone });
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<SpendRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var row = new SpendRow
            {
                CostNanos = reader.GetInt64(dimensions.Count),
                Calls = reader.GetInt64(dimensions.Count + 1),
                InputTokens = reader.GetInt64(dimensions.Count + 2),
                OutputTokens = reader.GetInt64(dimensions.Count + 3),
                UnpricedCalls = reader.GetInt64(dimensions.Count + 4),
            };
            row.Keys.AddRange(Enumerable.Range(0, dimensions.Count).Select(reader.GetString));
            rows.Add(row);
        }

        return rows;
    }

    /// <summary>What was spent lately, by roll-up quarter hours and by the zone's calendar.</summary>
    public async Task<RecentSpend> ReadRecentAsync(string teamId, string timeZone, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(RunRate);
        command.Parameters.Add(new() { Value = now, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = timeZone });
        command.Parameters.Add(new() { Value = teamId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new RecentSpend(
            reader.GetFieldValue<DateTimeOffset>(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5));
    }

    private static bool IsCalendar(SpendDimension dimension) => dimension is SpendDimension.Hour or SpendDimension.Day or SpendDimension.Month;

    private static string Expression(SpendDimension dimension) => dimension switch
    {
        SpendDimension.Team => "team_id",
        SpendDimension.Workload => "workload",
        SpendDimension.Lane => "lane",
        SpendDimension.Provider => "provider",
        SpendDimension.Model => "model",
        SpendDimension.Key => "key_id",
        SpendDimension.Hour => """to_char(quarter_hour AT TIME ZONE $7, 'YYYY-MM-DD"T"HH24:00')""",
        SpendDimension.Day => "to_char(quarter_hour AT TIME ZONE $7, 'YYYY-MM-DD')",
        SpendDimension.Month => "to_char(quarter_hour AT TIME ZONE $7, 'YYYY-MM')",
        SpendDimension.Unspecified => throw new ArgumentOutOfRangeException(nameof(dimension), dimension, "A grouping names a dimension."),
    };
}

/// <summary>Half-open, at full quarter hours; an empty text filters nothing.</summary>
internal sealed record SpendFilter(DateTimeOffset From, DateTimeOffset To, string TeamId, string Workload, string Model, string TimeZone);

/// <param name="SevenFullDaysNanos">The seven calendar days before today.</param>
internal sealed record RecentSpend(
    DateTimeOffset MonthEnd, long LastHourNanos, long LastDayNanos, long Last7DaysNanos, long MonthToDateNanos, long SevenFullDaysNanos);
