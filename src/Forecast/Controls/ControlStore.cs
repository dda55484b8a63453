using Npgsql;
using NpgsqlTypes;

namespace Platform.Forecast.Controls;

/// <summary>Which changes a list asks for.</summary>
/// <param name="TeamId">Those that are about the team, also as the one that gives, and about all; empty: every one.</param>
/// <param name="Until">Those before it; null: to the newest. A time that is over is asked for with it, since a list has an end and begins with the newest.</param>
/// <param name="Kinds">None: all.</param>
internal sealed record ControlFilter(string TeamId, DateTimeOffset Since, DateTimeOffset? Until, params IReadOnlyList<string> Kinds);

/// <summary>All SQL of controls.</summary>
internal sealed class ControlStore(NpgsqlDataSource dataSource)
{
    private const string Columns = "event_id, occurred_at, kind, team_id, subject, actor, summary, from_team_id";

    // The event's identity is the row's: no inbox is needed for it to count once.
    private const string Insert =
        $"INSERT INTO control_event ({Columns}, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (event_id) DO NOTHING";

    private const string Asked = "occurred_at >= $1 AND ($2::timestamptz IS NULL OR occurred_at < $2) AND ($3 = '' OR team_id IN ('', $3) OR from_team_id = $3) AND (cardinality($4::text[]) = 0 OR kind = ANY ($4))";
    private const string Select = $"SELECT {Columns} FROM control_event WHERE {Asked} ORDER BY occurred_at DESC, event_id LIMIT $5";
    private const string FirstFunded = $"SELECT team_id FROM control_event WHERE kind = '{ControlEvent.Allocation}' AND team_id = ANY ($2) GROUP BY team_id HAVING min(occurred_at) >= $1";
    private const string Count = $"SELECT count(*) FROM control_event WHERE {Asked}";

    public async Task AddAsync(ControlEvent change, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Insert);
        object[] values =
        [
            change.EventId, change.OccurredAt.ToUniversalTime(), change.Kind, change.TeamId, change.Subject, change.Actor, change.Summary, change.FromTeamId, now.ToUniversalTime(),
        ];
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Null when there is none.</summary>
    public async Task<ControlEvent?> FindAsync(Guid eventId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT {Columns} FROM control_event WHERE event_id = $1");
        command.Parameters.Add(new() { Value = eventId });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Newest first.</summary>
    public async Task<List<ControlEvent>> ListAsync(ControlFilter filter, int limit, CancellationToken cancellationToken)
    {
        await using var command = Command(Select, filter);
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>Those of the teams that got money for the first time then or later, as far as is known. No index leads to a team's allocations: of no team nothing is asked.</summary>
    public async Task<IReadOnlySet<string>> ReadFirstFundedAsync(IReadOnlyCollection<string> teamIds, DateTimeOffset since, CancellationToken cancellationToken)
    {
        if (teamIds.Count == 0)
        {
            return new HashSet<string>();
        }

        await using var command = dataSource.CreateCommand(FirstFunded);
        command.Parameters.Add(new() { Value = since.ToUniversalTime() });
        command.Parameters.Add(new() { Value = teamIds.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var teams = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            teams.Add(reader.GetString(0));
        }

        return teams;
    }

    /// <summary>How many there are, however many are listed.</summary>
    public async Task<int> CountAsync(ControlFilter filter, CancellationToken cancellationToken)
    {
        await using var command = Command(Count, filter);
        return checked((int)(long)(await command.ExecuteScalarAsync(cancellationToken))!);
    }

    private NpgsqlCommand Command(string sql, ControlFilter filter)
    {
        var command = dataSource.CreateCommand(sql);
        command.Parameters.Add(new() { Value = filter.Since.ToUniversalTime() });
        command.Parameters.Add(new() { Value = (object?)filter.Until?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = filter.TeamId });
        command.Parameters.Add(new() { Value = filter.Kinds.ToArray() });
        return command;
    }

    private static async Task<List<ControlEvent>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var controls = new List<ControlEvent>();
        while (await reader.ReadAsync(cancellationToken))
        {
            controls.Add(new ControlEvent(
                reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetString(6))
            {
                FromTeamId = reader.GetString(7),
            });
        }

        return controls;
    }
}
