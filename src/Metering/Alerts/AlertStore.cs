using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Alerts;

/// <summary>Which alerts a list asks for.</summary>
/// <param name="WithUnowned">With a team: also those that are no team's own.</param>
/// <param name="Before">Only those with a lower number.</param>
/// <param name="OccurredBefore">Null: whenever.</param>
/// <param name="OccurredFrom">Null: since ever.</param>
internal sealed record AlertFilter(
    AlertKind Kind, string TeamId, bool WithUnowned, AlertSeverity MinimumSeverity, bool All, long Before, int Limit, DateTimeOffset? OccurredBefore = null,
    DateTimeOffset? OccurredFrom = null);

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

    private const string Asked = """
        ($1 = 0 OR kind = $1) AND ($2 = '' OR team_id = $2 OR ($5 AND team_id = '')) AND severity >= $3 AND ($4 OR acknowledged_at IS NULL)
          AND ($6::timestamptz IS NULL OR occurred_at < $6) AND ($7::timestamptz IS NULL OR occurred_at >= $7)
        """;

    private const string List = $"SELECT {Columns} FROM alert WHERE {Asked} AND alert_no < $8 ORDER BY alert_no DESC LIMIT $9";
    private const string Count = $"SELECT count(*) FROM alert WHERE {Asked}";

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
        await using var command = Command(List, filter);
        command.Parameters.Add(new() { Value = filter.Before });
        command.Parameters.Add(new() { Value = filter.Limit });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>On all pages.</summary>
    public async Task<long> CountAsync(AlertFilter filter, CancellationToken cancellationToken)
    {
        await using var command = Command(Count, filter);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
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

    /// <summary>Which of some ids there is an alert of.</summary>
    public static async Task<HashSet<Guid>> ReadKnownAsync(NpgsqlTransaction transaction, Guid[] alertIds, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, "SELECT alert_id FROM alert WHERE alert_id = ANY($1)", alertIds);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var known = new HashSet<Guid>();
        while (await reader.ReadAsync(cancellationToken))
        {
            known.Add(reader.GetGuid(0));
        }

        return known;
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

    private NpgsqlCommand Command(string sql, AlertFilter filter)
    {
        var command = dataSource.CreateCommand(sql);
        foreach (var value in new object[] { (short)filter.Kind, filter.TeamId, (short)filter.MinimumSeverity, filter.All, filter.WithUnowned })
        {
            command.Parameters.Add(new() { Value = value });
        }

        command.Parameters.Add(Moment(filter.OccurredBefore?.ToUniversalTime()));
        command.Parameters.Add(Moment(filter.OccurredFrom?.ToUniversalTime()));
        return command;
    }

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
