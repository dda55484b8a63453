using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Imports;

/// <summary>All SQL of rules. A rule is ended and never changed, so that who said what, and when, can be read for ever.</summary>
internal sealed class ImportRuleStore(NpgsqlDataSource dataSource)
{
    private const string Columns = "rule_id, provider, dimension, value, team_id, user_id, application_id, workload, skip, set_at, set_by, ended_at, ended_by";

    private const string Insert = $"""
        INSERT INTO usage_import_rule (provider, dimension, value, team_id, user_id, application_id, workload, skip, set_at, set_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING {Columns}
        """;

    // Two who set a rule for one thing come one after the other.
    private const string Latch = "SELECT pg_advisory_xact_lock(hashtextextended('usage_import_rule', 0))";

    private const string EndSame = """
        UPDATE usage_import_rule SET ended_at = $4, ended_by = $5 WHERE provider = $1 AND dimension = $2 AND value = $3 AND ended_at IS NULL
        """;

    private const string End = "UPDATE usage_import_rule SET ended_at = $2, ended_by = $3 WHERE rule_id = $1 AND ended_at IS NULL";

    public Task<List<ImportRule>> ListInForceAsync(CancellationToken cancellationToken) => ListAsync(all: false, cancellationToken);

    /// <summary>By provider, dimension and value; then the newest first.</summary>
    public async Task<List<ImportRule>> ListAsync(bool all, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"SELECT {Columns} FROM usage_import_rule WHERE $1 OR ended_at IS NULL ORDER BY provider, dimension DESC, value, rule_id DESC");
        command.Parameters.Add(new() { Value = all });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>Ends the rule for the same thing, if there is one, and adds this one.</summary>
    public static async Task<ImportRule> SetAsync(
        NpgsqlTransaction transaction, ImportRule rule, string actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using (var latch = new NpgsqlCommand(Latch, transaction.Connection, transaction))
        {
            await latch.ExecuteNonQueryAsync(cancellationToken);
        }

        await using (var end = Command(transaction, EndSame, rule.Provider, (short)rule.Dimension, rule.Value, now, actor))
        {
            await end.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var insert = Command(
            transaction, Insert, rule.Provider, (short)rule.Dimension, rule.Value, rule.TeamId, rule.UserId, rule.ApplicationId, rule.Workload, rule.Skip, now, actor);
        return (await ReadAsync(insert, cancellationToken)).Single();
    }

    /// <summary>The rule as it is afterwards; null when there never was one.</summary>
    public static async Task<ImportRule?> EndAsync(NpgsqlTransaction transaction, long ruleId, string actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using (var end = Command(transaction, End, ruleId, now, actor))
        {
            await end.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var select = Command(transaction, $"SELECT {Columns} FROM usage_import_rule WHERE rule_id = $1", ruleId);
        return (await ReadAsync(select, cancellationToken)).SingleOrDefault();
    }

    private static async Task<List<ImportRule>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rules = new List<ImportRule>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rules.Add(new ImportRule
            {
                RuleId = reader.GetInt64(0),
                Provider = reader.GetString(1),
                Dimension = (ImportDimension)reader.GetInt16(2),
                Value = reader.GetString(3),
                TeamId = reader.GetString(4),
                UserId = reader.GetString(5),
                ApplicationId = reader.GetString(6),
                Workload = reader.GetString(7),
                Skip = reader.GetBoolean(8),
                SetAt = reader.GetFieldValue<DateTimeOffset>(9).ToTimestampUtc(),
                SetBy = reader.GetString(10),
                EndedAt = reader.GetFieldValue<DateTimeOffset?>(11).ToTimestampUtc(),
                EndedBy = reader.GetString(12),
            });
        }

        return rules;
    }

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
