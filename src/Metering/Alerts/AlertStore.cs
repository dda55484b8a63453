using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Alerts;

/// <summary>Which alerts a list asks for.</summary>
/// <param name="WithUnowned">With a team: also those that are no team's own.</param>
/// <param name="Before">Only those with a lower number.</param>
/// <param name="OccurredBefore">Null: whenever.</param>
internal sealed record AlertFilter(
    AlertKind Kind, string TeamId, bool WithUnowned, AlertSeverity MinimumSeverity, bool All, long Before, int Limit, DateTimeOffset? OccurredBefore = null);

/// <summary>All SQL of alerts.</summary>
internal sealed class AlertStore(NpgsqlDataSource dataSource)
{
    private const string Columns = """
        alert_id, kind, severity, team_id, subject, title, summary, figures, occurred_at, period_from, period_to, recorded_at, acknowledged_at, acknowledged_by,
        acknowledged_note, alert_no
        """;

    private const string Insert = """
        INSERT INTO alert (
            alert_id, kind, severity, team_id, subject, title, summary, figures, occurred_at, period_from, period_to, recorded_at, acknowledged_at, acknowledged_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT (alert_id) DO NOTHING
        """;

    private const string List = $"""
        SELECT {Columns} FROM alert
        WHERE alert_no < $1 AND ($2 = 0 OR kind = $2) AND ($3 = '' OR team_id = $3 OR ($7 AND team_id = '')) AND severity >= $4 AND ($5 OR acknowledged_at IS NULL)
          AND ($8::timestamptz IS NULL OR occurred_at < $8)
        ORDER BY alert_no DESC LIMIT $6
        """;

    private const string Acknowledge = """
        UPDATE alert SET acknowledged_at = $2, acknowledged_by = $3, acknowledged_note = $4 WHERE alert_id = $1 AND acknowledged_at IS NULL
        """;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>False when there is an alert of this id already: then nothing is written.</summary>
    public static async Task<bool> TryInsertAsync(NpgsqlTransaction transaction, AlertRow alert, CancellationToken cancellationToken)
    {
        await using var command = Command(
            transaction, Insert, alert.AlertId, (short)alert.Kind, (short)alert.Severity, alert.TeamId, alert.Subject, alert.Title, alert.Summary);
        command.Parameters.Add(new() { Value = JsonSerializer.Serialize(alert.Figures, Json), NpgsqlDbType = NpgsqlDbType.Jsonb });
        command.Parameters.Add(new() { Value = alert.OccurredAt });
        command.Parameters.Add(Moment(alert.Period?.From));
        command.Parameters.Add(Moment(alert.Period?.To));
        command.Parameters.Add(new() { Value = alert.RecordedAt });
        command.Parameters.Add(Moment(alert.AcknowledgedAt));
        command.Parameters.Add(new() { Value = alert.AcknowledgedBy });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Newest first.</summary>
    public async Task<List<AlertRow>> ListAsync(AlertFilter filter, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(List);
        foreach (var value in new object[]
        {
            filter.Before, (short)filter.Kind, filter.TeamId, (short)filter.MinimumSeverity, filter.All, filter.Limit, filter.WithUnowned,
        })
        {
            command.Parameters.Add(new() { Value = value });
        }

        command.Parameters.Add(Moment(filter.OccurredBefore?.ToUniversalTime()));
        return await ReadAsync(command, cancellationToken);
    }

    public async Task<AlertRow?> FindAsync(Guid alertId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT {Columns} FROM alert WHERE alert_id = $1");
        command.Parameters.Add(new() { Value = alertId });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    public static async Task<AlertRow?> FindAsync(NpgsqlTransaction transaction, Guid alertId, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, $"SELECT {Columns} FROM alert WHERE alert_id = $1", alertId);
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Does nothing to one that is acknowledged.</summary>
    public static async Task AcknowledgeAsync(
        NpgsqlTransaction transaction, Guid alertId, DateTimeOffset now, string actor, string note, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, Acknowledge, alertId, now, actor, note);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<List<AlertRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var alerts = new List<AlertRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            alerts.Add(Read(reader));
        }

        return alerts;
    }

    private static AlertRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), (AlertKind)reader.GetInt16(1), (AlertSeverity)reader.GetInt16(2), reader.GetString(3), reader.GetString(4), reader.GetString(5),
        reader.GetString(6), JsonSerializer.Deserialize<List<Figure>>(reader.GetString(7), Json)!, reader.GetFieldValue<DateTimeOffset>(8))
    {
        Period = reader.IsDBNull(9) ? null : (reader.GetFieldValue<DateTimeOffset>(9), reader.GetFieldValue<DateTimeOffset>(10)),
        RecordedAt = reader.GetFieldValue<DateTimeOffset>(11),
        AcknowledgedAt = reader.GetFieldValue<DateTimeOffset?>(12),
        AcknowledgedBy = reader.GetString(13),
        AcknowledgedNote = reader.GetString(14),
        AlertNo = reader.GetInt64(15),
    };

    private static NpgsqlParameter Moment(DateTimeOffset? moment) => new() { Value = (object?)moment ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static NpgsqlCommand Command(NpgsqlTransaction transaction, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}
