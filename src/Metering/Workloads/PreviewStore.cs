using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;

namespace Platform.Metering.Workloads;

/// <summary>Reads what rules would take of history: from the days by all dimensions, or, where tags or sizes are asked for, from the records themselves.</summary>
internal sealed class PreviewStore(NpgsqlDataSource dataSource)
{
    /// <summary>By the class that it has, what the rule takes and no rule before it.</summary>
    public async Task<List<PreviewRow>> ReadAsync(
        WorkloadRule rule, IReadOnlyCollection<WorkloadRule> before, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var byRecord = before.Append(rule).Any(each => each.Tags.Count > 0 || each.HasMinInputTokens || each.HasMaxInputTokens);
        await using var command = dataSource.CreateCommand();
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = to });
        var conditions = new[] { Condition(rule, byRecord, command.Parameters) }
            .Concat(before.Select(earlier => $"NOT ({Condition(earlier, byRecord, command.Parameters)})"));
        command.CommandText = byRecord
            ? $"""
                SELECT workload, count(*), coalesce(sum(cost_nanos), 0)::bigint FROM usage_record
                WHERE occurred_at >= $1 AND occurred_at < $2 AND corrects_record_id IS NULL AND {string.Join(" AND ", conditions)} GROUP BY workload ORDER BY workload
                """
            : $"""
                SELECT workload, sum(calls)::bigint, sum(cost_nanos)::bigint FROM usage_summary
                WHERE grain = {(int)RollupGrain.CallerDay} AND starts_at >= $1 AND starts_at < $2 AND {string.Join(" AND ", conditions)} GROUP BY workload ORDER BY workload
                """;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<PreviewRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new PreviewRow { Workload = reader.GetString(0), Calls = reader.GetInt64(1), CostNanos = reader.GetInt64(2) });
        }

        return rows;
    }

    private static string Condition(WorkloadRule rule, bool byRecord, NpgsqlParameterCollection parameters)
    {
        const string Input = "input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens";
        var conditions = SpendCondition.Read(rule.Filters)
            .Select(condition => condition.ToSql(byRecord ? SpendDimensions.RecordColumn(condition.Dimension) : SpendDimensions.RollupColumn(condition.Dimension), parameters))
            .ToList();
        if (rule.Tags.Count > 0)
        {
            parameters.Add(new NpgsqlParameter<string> { TypedValue = JsonSerializer.Serialize<IDictionary<string, string>>(rule.Tags), NpgsqlDbType = NpgsqlDbType.Jsonb });
            conditions.Add($"coalesce(tags @> ${parameters.Count}, false)");
        }

        if (rule.HasMinInputTokens)
        {
            conditions.Add($"{Input} >= {rule.MinInputTokens}");
        }

        if (rule.HasMaxInputTokens)
        {
            conditions.Add($"{Input} <= {rule.MaxInputTokens}");
        }

        return string.Join(" AND ", conditions);
    }
}
