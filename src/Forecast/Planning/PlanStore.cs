using Npgsql;
using NpgsqlTypes;

namespace Platform.Forecast.Planning;

/// <summary>All SQL of plan items.</summary>
internal sealed class PlanStore(NpgsqlDataSource dataSource)
{
    private const string Columns = """
        plan_id, name, team_id, workload, lane, provider, model, starts_on, ramp_days, calls_per_day, input_tokens, output_tokens, probability_ppm, spread_ppm, ends_on,
        owner, note, active, changed_at, changed_by
        """;

    private const string Upsert = $"""
        INSERT INTO plan_item ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        ON CONFLICT (plan_id) DO UPDATE SET ({Columns}) = ROW (excluded.plan_id, excluded.name, excluded.team_id, excluded.workload, excluded.lane, excluded.provider,
            excluded.model, excluded.starts_on, excluded.ramp_days, excluded.calls_per_day, excluded.input_tokens, excluded.output_tokens, excluded.probability_ppm,
            excluded.spread_ppm, excluded.ends_on, excluded.owner, excluded.note, excluded.active, excluded.changed_at, excluded.changed_by)
        """;

    private const string Lock = $"SELECT {Columns} FROM plan_item WHERE plan_id = $1 FOR UPDATE";

    private const string Select = $"SELECT {Columns} FROM plan_item WHERE (active OR $1) AND ($2 = '' OR team_id = $2) ORDER BY starts_on, plan_id";

    public static async Task WriteAsync(NpgsqlTransaction transaction, PlanRow row, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Upsert, transaction.Connection, transaction);
        object[] before = [row.PlanId, row.Name, row.TeamId, row.Workload, row.Lane, row.Provider, row.Model, row.StartsOn, row.RampDays, row.CallsPerDay, row.InputTokens,
            row.OutputTokens, row.ProbabilityPpm, row.SpreadPpm];
        object[] after = [row.Owner, row.Note, row.Active, row.ChangedAt.ToUniversalTime(), row.ChangedBy];
        command.Parameters.AddRange(before.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        command.Parameters.Add(new() { Value = (object?)row.EndsOn ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date });
        command.Parameters.AddRange(after.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Null when there is none.</summary>
    public static async Task<PlanRow?> LockAsync(NpgsqlTransaction transaction, string planId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Lock, transaction.Connection, transaction) { Parameters = { new() { Value = planId } } };
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>By start.</summary>
    /// <param name="teamId">Empty: all.</param>
    public async Task<List<PlanRow>> ListAsync(string teamId, bool inactiveToo, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Select);
        command.Parameters.Add(new() { Value = inactiveToo });
        command.Parameters.Add(new() { Value = teamId });
        return await ReadAsync(command, cancellationToken);
    }

    private static async Task<List<PlanRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<PlanRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new PlanRow(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetString(6),
                reader.GetFieldValue<DateOnly>(7), reader.GetInt32(8), reader.GetInt64(9), reader.GetInt64(10), reader.GetInt64(11), reader.GetInt32(12), reader.GetInt32(13),
                reader.IsDBNull(14) ? null : reader.GetFieldValue<DateOnly>(14), reader.GetString(15), reader.GetString(16), reader.GetBoolean(17),
                reader.GetFieldValue<DateTimeOffset>(18), reader.GetString(19)));
        }

        return rows;
    }
}
