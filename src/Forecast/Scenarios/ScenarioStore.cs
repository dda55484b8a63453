using Npgsql;

namespace Platform.Forecast.Scenarios;

/// <summary>A kept scenario.</summary>
internal sealed record ScenarioRow(
    string Name, IReadOnlyList<string> Changes, string Note, bool Shared, string Owner, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt, long PromotedVersion);

/// <summary>All SQL of kept scenarios.</summary>
internal sealed class ScenarioStore(NpgsqlDataSource dataSource)
{
    private const string Columns = "name, changes, note, shared, owner, created_at, changed_at, promoted_version";

    private const string Upsert = $"""
        INSERT INTO scenario ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (name) DO UPDATE SET changes = excluded.changes, note = excluded.note, shared = excluded.shared, changed_at = excluded.changed_at,
            promoted_version = excluded.promoted_version
        """;

    /// <summary>By name.</summary>
    /// <param name="owner">Whose private ones are among them; null: everybody's.</param>
    public async Task<List<ScenarioRow>> ListAsync(string? owner, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT {Columns} FROM scenario WHERE $1::text IS NULL OR shared OR owner = $1 ORDER BY name");
        command.Parameters.Add(new() { Value = (object?)owner ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>Null when there is none.</summary>
    public async Task<ScenarioRow?> FindAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT {Columns} FROM scenario WHERE name = $1");
        command.Parameters.Add(new() { Value = name });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Keeps every other change of scenarios waiting until the transaction ends, so that their number and owners are what was looked at.</summary>
    public static async Task LockAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("LOCK TABLE scenario IN SHARE ROW EXCLUSIVE MODE", transaction.Connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task<ScenarioRow?> FindAsync(NpgsqlTransaction transaction, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT {Columns} FROM scenario WHERE name = $1", transaction.Connection, transaction) { Parameters = { new() { Value = name } } };
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    public static async Task<long> CountAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT count(*) FROM scenario", transaction.Connection, transaction);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async Task WriteAsync(NpgsqlTransaction transaction, ScenarioRow row, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Upsert, transaction.Connection, transaction);
        object[] values = [row.Name, row.Changes.ToArray(), row.Note, row.Shared, row.Owner, row.CreatedAt.ToUniversalTime(), row.ChangedAt.ToUniversalTime(), row.PromotedVersion];
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task RemoveAsync(NpgsqlTransaction transaction, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("DELETE FROM scenario WHERE name = $1", transaction.Connection, transaction) { Parameters = { new() { Value = name } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<List<ScenarioRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<ScenarioRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new ScenarioRow(
                reader.GetString(0), reader.GetFieldValue<string[]>(1), reader.GetString(2), reader.GetBoolean(3), reader.GetString(4), reader.GetFieldValue<DateTimeOffset>(5),
                reader.GetFieldValue<DateTimeOffset>(6), reader.GetInt64(7)));
        }

        return rows;
    }
}
