using Npgsql;

namespace Platform.Forecast.Controls;

/// <summary>All SQL of controls.</summary>
internal sealed class ControlStore(NpgsqlDataSource dataSource)
{
    private const string Columns = "event_id, occurred_at, kind, team_id, subject, actor, summary";

    // The event's identity is the row's: no inbox is needed for it to count once.
    private const string Insert =
        $"INSERT INTO control_event ({Columns}, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (event_id) DO NOTHING";

    private const string Select = $"""
        SELECT {Columns} FROM control_event
        WHERE occurred_at >= $1 AND ($2 = '' OR team_id IN ('', $2)) AND ($3 = '' OR kind = $3)
        ORDER BY occurred_at DESC, event_id LIMIT $4
        """;

    public async Task AddAsync(ControlEvent change, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Insert);
        object[] values =
        [
            change.EventId, change.OccurredAt.ToUniversalTime(), change.Kind, change.TeamId, change.Subject, change.Actor, change.Summary, now.ToUniversalTime(),
        ];
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Newest first.</summary>
    /// <param name="teamId">Those of the team and of all; empty: every one.</param>
    /// <param name="kind">Empty: all kinds.</param>
    public async Task<List<ControlEvent>> ListAsync(string teamId, string kind, DateTimeOffset since, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Select);
        object[] values = [since.ToUniversalTime(), teamId, kind, limit];
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var controls = new List<ControlEvent>();
        while (await reader.ReadAsync(cancellationToken))
        {
            controls.Add(new ControlEvent(
                reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetString(6)));
        }

        return controls;
    }
}
