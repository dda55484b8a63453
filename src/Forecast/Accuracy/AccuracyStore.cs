using Npgsql;
using NpgsqlTypes;
using Platform.Forecast.Versions;

namespace Platform.Forecast.Accuracy;

/// <summary>A figure that can be judged, and when it was published.</summary>
internal sealed record JudgedFigure(long Version, DateOnly AsOf, VersionFigure Figure);

/// <summary>Which versions are judged.</summary>
/// <param name="Since">Daily ones from then on.</param>
/// <param name="Version">This one alone; 0: the daily ones.</param>
internal sealed record Judged(DateTimeOffset Since, long Version);

/// <summary>All SQL of what is judged.</summary>
internal sealed class AccuracyStore(NpgsqlDataSource dataSource)
{
    private const string Versions = "(CASE WHEN $2::bigint = 0 THEN version.reason = 'daily' AND version.as_of >= $1 ELSE version.version = $2 END)";
    private const string CountVersions = $"SELECT count(*) FROM forecast_version AS version WHERE {Versions}";

    private const string SelectOlder = "SELECT count(*), (min(as_of) AT TIME ZONE 'UTC')::date FROM forecast_version WHERE reason = 'daily' AND as_of < $1";

    // Of teams in an answer on the organisation, totals of four weeks alone.
    private const string Figures = $"""
        SELECT version, team_id, kind, from_day, to_day, figures, run_rate, seasonal_naive, adjustment_nanos, (as_of AT TIME ZONE 'UTC')::date
        FROM forecast_figure AS figure JOIN forecast_version AS version USING (version)
        WHERE {Versions} AND to_day <= $3::date + 1 AND team_id <> ALL (too_short)
          AND (team_id = $4 OR ($4 = '' AND kind = 'days' AND to_day - from_day = 28))
        ORDER BY version, team_id, kind, from_day, to_day
        """;

    private const string Plans = $"""
        SELECT version, plan_id, team_id, workload, lane, starts_on, ends_on, launched, level_nanos, takes_any
        FROM forecast_version_plan AS plan JOIN forecast_version AS version USING (version) WHERE {Versions} AND ($3 = '' OR team_id = $3)
        """;

    public async Task<int> CountAsync(Judged judged, CancellationToken cancellationToken)
    {
        await using var command = Command(CountVersions, judged);
        return (int)(long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>How many daily versions there are from before those that are judged, and the day of UTC of the first; null: none.</summary>
    public async Task<(int Count, DateOnly First)?> FindOlderAsync(Judged judged, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectOlder);
        command.Parameters.Add(new() { Value = judged.Since.ToUniversalTime(), NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) && reader.GetInt64(0) is > 0 and var count ? ((int)count, reader.GetFieldValue<DateOnly>(1)) : null;
    }

    /// <summary>Figures whose last day is counted, of scopes whose history was long enough for them.</summary>
    /// <param name="through">The last day that is counted.</param>
    /// <param name="teamId">Empty: the organisation, and each team's totals of four weeks.</param>
    public async Task<List<JudgedFigure>> ReadFiguresAsync(Judged judged, DateOnly through, string teamId, CancellationToken cancellationToken)
    {
        await using var command = Command(Figures, judged);
        command.Parameters.Add(new() { Value = through });
        command.Parameters.Add(new() { Value = teamId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var figures = new List<JudgedFigure>();
        while (await reader.ReadAsync(cancellationToken))
        {
            figures.Add(new JudgedFigure(reader.GetInt64(0), reader.GetFieldValue<DateOnly>(9), VersionStore.Figure(reader)));
        }

        return figures;
    }

    /// <summary>By version, its plan.</summary>
    /// <param name="teamId">Empty: all.</param>
    public async Task<ILookup<long, VersionPlanItem>> ReadPlansAsync(Judged judged, string teamId, CancellationToken cancellationToken)
    {
        await using var command = Command(Plans, judged);
        command.Parameters.Add(new() { Value = teamId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var items = new List<(long Version, VersionPlanItem Item)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            items.Add((reader.GetInt64(0), new VersionPlanItem(
                reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetFieldValue<DateOnly>(5),
                reader.IsDBNull(6) ? null : reader.GetFieldValue<DateOnly>(6), reader.GetBoolean(7), reader.IsDBNull(8) ? null : reader.GetInt64(8), reader.GetBoolean(9))));
        }

        return items.ToLookup(item => item.Version, item => item.Item);
    }

    private NpgsqlCommand Command(string sql, Judged judged)
    {
        var command = dataSource.CreateCommand(sql);
        command.Parameters.Add(new() { Value = judged.Since.ToUniversalTime(), NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = judged.Version });
        return command;
    }
}
