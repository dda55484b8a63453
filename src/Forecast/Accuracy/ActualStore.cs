using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using PeriodKind = Platform.Contracts.Forecast.V1.PeriodKind;

namespace Platform.Forecast.Accuracy;

/// <summary>What a version knew of a team's day that had been counted before, beyond what those before it knew.</summary>
internal readonly record struct LateCost(long Version, string TeamId, DateOnly Day, long Nanos);

/// <summary>What a team cost on a day, money without tokens included, and what of it was control and resilience.</summary>
internal readonly record struct ActualDay(long Cost, long Control, long Resilience);

/// <summary>
/// All SQL of what came. A day is counted once, three days after its end at the earliest, and stays as it was counted: an accuracy that was told does not change when a correction
/// comes later. Versions that are published once it came have it, and it is noted for them. Money without tokens counts as what came, and is of no segment. Refused calls are taken at what the team's calls cost of their bounds in the four weeks up to the day, and at default prices, as in the control layer.
/// </summary>
internal sealed class ActualStore(NpgsqlDataSource dataSource)
{
    /// <summary>Full days after a day's end before it is counted.</summary>
    public const int WaitDays = 3;

    // From the quarter in which the first version was published on: its targets reach back to there.
    private const string NextDay = """
        SELECT coalesce((SELECT max(day) + 1 FROM forecast_actual_day), (SELECT date_trunc('quarter', min(as_of) AT TIME ZONE 'UTC')::date FROM forecast_version))
        """;

    private const string Count = $"""
        WITH counted AS (
            INSERT INTO forecast_actual_day (day, counted_at) VALUES ($1, $2) RETURNING day
        ), used AS (
            SELECT team_id, workload, lane, sum(cost_nanos) AS cost, sum(routed_default_nanos - routed_cost_nanos) AS saving, sum(fell_back_cost_nanos - fell_back_primary_nanos) AS premium
            FROM usage_day WHERE day = $1 GROUP BY 1, 2, 3
        ), denied AS (
            SELECT team_id, workload, lane, sum(estimated_nanos) AS asked FROM denied_day
            WHERE day = $1
              AND reason NOT IN ('{Reasons.ObservedInsufficientFunds}', '{Reasons.ObservedCapReached}')
            GROUP BY 1, 2, 3
        ), bound AS (
            SELECT team_id, CASE WHEN sum(bound_nanos) > 0 THEN least(1, greatest(0, sum(bounded_cost_nanos) / sum(bound_nanos))) ELSE 1 END AS share
            FROM usage_day WHERE day > $1 - $3::int AND day <= $1 GROUP BY 1
        ), adjusted AS (
            SELECT team_id, '' AS workload, '' AS lane, sum(cost_nanos) AS adjustment FROM adjustment_quarter
            WHERE quarter_start >= $1::timestamp AT TIME ZONE 'UTC' AND quarter_start < ($1 + 1)::timestamp AT TIME ZONE 'UTC' GROUP BY 1
        )
        INSERT INTO forecast_actual (day, team_id, workload, lane, cost_nanos, control_nanos, resilience_nanos, adjustment_nanos)
        SELECT counted.day, team_id, workload, lane, coalesce(cost, 0),
               -coalesce(saving, 0) - round(coalesce(asked, 0) * coalesce(share, 1) * CASE WHEN cost > 0 THEN greatest(0, 1 + saving / cost) ELSE 1 END), coalesce(premium, 0), coalesce(adjustment, 0)
        FROM counted CROSS JOIN (used FULL JOIN denied USING (team_id, workload, lane) FULL JOIN adjusted USING (team_id, workload, lane)) LEFT JOIN bound USING (team_id)
        ORDER BY team_id, workload, lane
        """;

    // Of a version's targets, those reach furthest back that are of its quarter.
    private const string NoteLate = """
        INSERT INTO forecast_late (version, team_id, day, cost_nanos)
        SELECT $1, team_id, day, sum(nanos) FROM (
            SELECT team_id, day, nanos FROM unnest($3::text[], $4::date[], $5::bigint[]) AS told(team_id, day, nanos)
            UNION ALL SELECT team_id, day, -cost_nanos - adjustment_nanos FROM forecast_actual WHERE day >= $2
            UNION ALL SELECT team_id, day, -cost_nanos FROM forecast_late WHERE day >= $2
        ) AS known JOIN forecast_actual_day USING (day)
        GROUP BY team_id, day HAVING sum(nanos) <> 0
        ORDER BY team_id, day
        """;

    private const string LateOfVersions = """
        SELECT version, team_id, day, cost_nanos FROM forecast_late WHERE day >= $1 AND ($2::text[] IS NULL OR team_id = ANY ($2)) ORDER BY version, team_id, day
        """;

    private const string Through = "SELECT max(day) FROM forecast_actual_day";

    private const string ByTeam = """
        SELECT day, team_id, sum(cost_nanos + adjustment_nanos)::bigint, sum(control_nanos)::bigint, sum(resilience_nanos)::bigint FROM forecast_actual
        WHERE day >= $1 AND ($2::text[] IS NULL OR team_id = ANY ($2)) GROUP BY 1, 2 ORDER BY 1, 2
        """;

    private const string OfSegments = """
        SELECT day, team_id, workload, lane, cost_nanos FROM forecast_actual AS came
        WHERE day >= $1 AND team_id = ANY ($2) AND EXISTS (
            SELECT FROM unnest($2::text[], $3::text[], $4::text[]) AS planned(team_id, workload, lane)
            WHERE planned.team_id = came.team_id AND planned.workload IN ('', came.workload) AND planned.lane IN ('', came.lane))
        ORDER BY day
        """;

    private const string Late = """
        SELECT ((SELECT coalesce(sum(cost_nanos), 0) FROM usage_day JOIN forecast_actual_day USING (day) WHERE day >= $1 AND ($2 = '' OR team_id = $2))
              + (SELECT coalesce(sum(cost_nanos), 0) FROM adjustment_quarter JOIN forecast_actual_day ON day = (quarter_start AT TIME ZONE 'UTC')::date WHERE day >= $1 AND ($2 = '' OR team_id = $2))
              - (SELECT coalesce(sum(cost_nanos + adjustment_nanos), 0) FROM forecast_actual WHERE day >= $1 AND ($2 = '' OR team_id = $2)))::bigint
        """;

    /// <summary>Counts the days that can be counted and are not.</summary>
    public static async Task CountAsync(NpgsqlTransaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var next = new NpgsqlCommand(NextDay, transaction.Connection, transaction);
        if (await next.ExecuteScalarAsync(cancellationToken) is not DateOnly day)
        {
            return;
        }

        for (var last = DateOnly.FromDateTime(now.UtcDateTime).AddDays(-1 - WaitDays); day <= last; day = day.AddDays(1))
        {
            await using var count = new NpgsqlCommand(Count, transaction.Connection, transaction)
            {
                Parameters = { new() { Value = day }, new() { Value = now.ToUniversalTime() }, new() { Value = SegmentForecast.LevelDays } },
            };
            await count.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Notes what a version has of counted days beyond what was counted: it is in what its month and quarter have cost so far.</summary>
    /// <param name="version">Is written already.</param>
    /// <param name="current">What it is of, in days of UTC: what came since that was read is the next version's.</param>
    public static async Task NoteLateAsync(NpgsqlTransaction transaction, long version, CurrentForecast current, CancellationToken cancellationToken)
    {
        var quarter = PeriodSpan.Of(PeriodKind.Quarter, current.Horizon);

        // A sum a team and day: segments are many times as many.
        var told = new Dictionary<(string TeamId, DateOnly Day), long>();
        foreach (var series in current.Teams.SelectMany(team => team.Segments).Select(segment => segment.Forecast.Series))
        {
            for (var place = Math.Max(0, quarter.From.DayNumber - series.FirstDay.DayNumber); place < series.Days.Count; place++)
            {
                Add(series.Key.TeamId, series.FirstDay.AddDays(place), series.Days[place].CostNanos);
            }
        }

        foreach (var adjustment in current.AdjustmentsOf("", quarter))
        {
            Add(adjustment.TeamId, adjustment.Day, adjustment.Nanos);
        }

        await using var note = new NpgsqlCommand(NoteLate, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = version }, new() { Value = quarter.From }, new() { Value = told.Keys.Select(day => day.TeamId).ToArray() }, new() { Value = told.Keys.Select(day => day.Day).ToArray() },
                new() { Value = told.Values.ToArray() },
            },
        };
        await note.ExecuteNonQueryAsync(cancellationToken);

        void Add(string teamId, DateOnly day, long nanos) => told[(teamId, day)] = told.GetValueOrDefault((teamId, day)) + nanos;
    }

    /// <summary>The last day that is counted; null before the first.</summary>
    public async Task<DateOnly?> ReadThroughAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Through);
        return await command.ExecuteScalarAsync(cancellationToken) is DateOnly day ? day : null;
    }

    /// <summary>By team, its days.</summary>
    /// <param name="teams">Null: all.</param>
    public async Task<Dictionary<string, Dictionary<DateOnly, ActualDay>>> ReadTeamsAsync(DateOnly since, IReadOnlyCollection<string>? teams, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ByTeam);
        command.Parameters.Add(new() { Value = since });
        command.Parameters.Add(new() { Value = (object?)teams?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var byTeam = new Dictionary<string, Dictionary<DateOnly, ActualDay>>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (!byTeam.TryGetValue(reader.GetString(1), out var days))
            {
                byTeam.Add(reader.GetString(1), days = []);
            }

            days.Add(reader.GetFieldValue<DateOnly>(0), new ActualDay(reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));
        }

        return byTeam;
    }

    /// <summary>By segment that is named, what its days cost.</summary>
    public async Task<Dictionary<SegmentKey, Dictionary<DateOnly, long>>> ReadSegmentsAsync(DateOnly since, IReadOnlyCollection<NamedSegments> named, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(OfSegments);
        command.Parameters.Add(new() { Value = since });
        command.Parameters.Add(new() { Value = named.Select(segments => segments.TeamId).ToArray() });
        command.Parameters.Add(new() { Value = named.Select(segments => segments.Workload).ToArray() });
        command.Parameters.Add(new() { Value = named.Select(segments => segments.Lane).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var costs = new Dictionary<SegmentKey, Dictionary<DateOnly, long>>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var segment = new SegmentKey(reader.GetString(1), reader.GetString(2), reader.GetString(3));
            if (!costs.TryGetValue(segment, out var days))
            {
                costs.Add(segment, days = []);
            }

            days.Add(reader.GetFieldValue<DateOnly>(0), reader.GetInt64(4));
        }

        return costs;
    }

    /// <summary>What versions knew of days after they were counted.</summary>
    /// <param name="teams">Null: all.</param>
    public async Task<List<LateCost>> ReadLateOfVersionsAsync(DateOnly since, IReadOnlyCollection<string>? teams, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(LateOfVersions);
        command.Parameters.Add(new() { Value = since });
        command.Parameters.Add(new() { Value = (object?)teams?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var late = new List<LateCost>();
        while (await reader.ReadAsync(cancellationToken))
        {
            late.Add(new LateCost(reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<DateOnly>(2), reader.GetInt64(3)));
        }

        return late;
    }

    /// <summary>What came of counted days after they were counted.</summary>
    /// <param name="teamId">Empty: all.</param>
    public async Task<long> ReadLateAsync(DateOnly since, string teamId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Late);
        command.Parameters.Add(new() { Value = since });
        command.Parameters.Add(new() { Value = teamId });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
