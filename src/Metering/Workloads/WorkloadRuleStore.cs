using Google.Protobuf;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Workloads;

/// <summary>All SQL of the rules themselves.</summary>
internal sealed class WorkloadRuleStore(NpgsqlDataSource dataSource)
{
    private const string SelectRevision = "SELECT revision FROM workload_rules";

    private const string SelectRules = "SELECT definition, position, set_at, set_by FROM workload_rule WHERE ended_at IS NULL ORDER BY position, name";

    // Takes the rules' lock: changes happen one after the other.
    private const string Advance = "UPDATE workload_rules SET revision = revision + 1";

    private const string EndRule = "UPDATE workload_rule SET ended_at = $2, ended_by = $3 WHERE name = $1 AND ended_at IS NULL";

    private const string Insert = "INSERT INTO workload_rule (name, workload, position, definition, set_at, set_by) VALUES ($1, $2, $3, $4, $5, $6)";

    private const string MoveTo = "UPDATE workload_rule SET position = $2 WHERE name = $1 AND ended_at IS NULL";

    public async Task<long> ReadRevisionAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectRevision);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The rules at one moment: their revision and they belong together.</summary>
    public async Task<WorkloadRuleSet> ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        return await ReadAsync(transaction, cancellationToken);
    }

    public static async Task<WorkloadRuleSet> ReadAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction) { BatchCommands = { new(SelectRevision), new(SelectRules) } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var revision = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        var rules = new List<WorkloadRule>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var rule = WorkloadRule.Parser.ParseJson(reader.GetString(0));
            (rule.Position, rule.SetAt, rule.SetBy) = (reader.GetInt32(1), reader.GetFieldValue<DateTimeOffset>(2).ToTimestampUtc(), reader.GetString(3));
            rules.Add(rule);
        }

        return new WorkloadRuleSet(revision, rules);
    }

    public static async Task LockAndAdvanceAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Advance, transaction.Connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>False when there is no such rule.</summary>
    public static async Task<bool> EndAsync(NpgsqlTransaction transaction, string name, string endedBy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(EndRule, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = name }, new() { Value = now }, new() { Value = endedBy } },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    public static async Task InsertAsync(NpgsqlTransaction transaction, WorkloadRule rule, string setBy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = rule.Name }, new() { Value = rule.Workload }, new() { Value = rule.Position },
                new() { Value = JsonFormatter.Default.Format(rule), NpgsqlDbType = NpgsqlDbType.Jsonb }, new() { Value = now }, new() { Value = setBy },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task MoveAsync(NpgsqlTransaction transaction, string name, int position, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(MoveTo, transaction.Connection, transaction) { Parameters = { new() { Value = name }, new() { Value = position } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
