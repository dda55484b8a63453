using System.Globalization;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Budgets;
using Platform.Metering.Queries;
using Platform.Metering.Retention;

namespace Platform.Metering.Workloads;

/// <summary>
/// Reads what rules would take of history: from the days by all dimensions, or, where tags or sizes are asked for, from the records themselves. Both count alike: a record
/// that stands for many calls as so many, what takes one back as so many less, and a correction where the record is that it corrects.
/// </summary>
internal sealed class PreviewStore(NpgsqlDataSource dataSource, DroppedMonths dropped, KeyLines keys)
{
    // A correction's tokens are a difference and its tags may be its own: rules look at the record of its attempt, as the intake did when it classified that. Both stand
    // apart so that the many records that correct nothing are looked up nowhere, and of corrections, which have all else of their record, only those that the rule's filters
    // leave. A correction whose record is not kept any more meets no rule.
    private const string Records = """
        SELECT r.*, coalesce(r.requests, 1) AS counted_calls, r.cost_nanos AS counted_nanos
        FROM usage_record r WHERE r.occurred_at >= $1 AND r.occurred_at < $2 AND r.corrects_record_id IS NULL
        UNION ALL
        SELECT r.*, coalesce(c.requests, 0), c.cost_nanos
        FROM usage_record c
            JOIN usage_identity i ON i.attempt_id = c.attempt_id AND NOT i.is_correction
            JOIN usage_record r ON r.occurred_at = i.occurred_at AND r.record_id = coalesce(i.record_id, i.identity_key)
        WHERE c.occurred_at >= $1 AND c.occurred_at < $2 AND c.corrects_record_id IS NOT NULL{0}
        """;

    /// <summary>By the class that it has, what the rule takes and no rule before it.</summary>
    /// <exception cref="Grpc.Core.RpcException">
    /// FAILED_PRECONDITION (USAGE_NOT_KEPT): of tags or sizes, where retention has dropped some of the records; UNAVAILABLE when a rule names a key and Wallet does not answer.
    /// </exception>
    public async Task<List<PreviewRow>> ReadAsync(
        WorkloadRule rule, IReadOnlyCollection<WorkloadRule> before, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var byRecord = before.Append(rule).Any(each => each.Tags.Count > 0 || each.HasMinInputTokens || each.HasMaxInputTokens);
        await using var command = dataSource.CreateCommand();
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = to });
        var filters = await ReadFiltersAsync(rule, cancellationToken);
        var conditions = new List<string> { Condition(rule, filters, byRecord, command.Parameters) };
        foreach (var earlier in before)
        {
            conditions.Add($"NOT ({Condition(earlier, await ReadFiltersAsync(earlier, cancellationToken), byRecord, command.Parameters)})");
        }

        command.CommandText = byRecord
            ? $"""
                SELECT workload, sum(counted_calls)::bigint, coalesce(sum(counted_nanos), 0)::bigint FROM ({RecordsOf(filters, command.Parameters)}) AS record
                WHERE {string.Join(" AND ", conditions)} GROUP BY workload HAVING sum(counted_calls) <> 0 OR sum(counted_nanos) <> 0 ORDER BY workload
                """
            : $"""
                SELECT workload, sum(calls)::bigint, sum(cost_nanos)::bigint FROM usage_summary
                WHERE grain = {(int)RollupGrain.CallerDay} AND starts_at >= $1 AND starts_at < $2 AND {string.Join(" AND ", conditions)}
                GROUP BY workload HAVING sum(calls) <> 0 OR sum(cost_nanos) <> 0 ORDER BY workload
                """;
        var rows = await ReadAsync(command, cancellationToken);
        if (byRecord)
        {
            // After them: what is dropped meanwhile was noted before.
            await dropped.CheckAsync(new UsageWindow(from, to, ByBooked: false), Moments.Earliest, cancellationToken);
        }

        return rows;
    }

    /// <summary>A key of a rule stands for its line, as where usage is classified.</summary>
    private async Task<IReadOnlyList<SpendCondition>> ReadFiltersAsync(WorkloadRule rule, CancellationToken cancellationToken)
    {
        var filters = SpendCondition.Read(rule.Filters).ToArray();
        var ofKeys = Array.FindIndex(filters, condition => condition.Dimension == SpendDimension.Key);
        if (ofKeys >= 0)
        {
            filters[ofKeys] = filters[ofKeys] with { Values = await keys.ReadLinesAsync(filters[ofKeys].Values, cancellationToken) };
        }

        return filters;
    }

    private static string RecordsOf(IReadOnlyList<SpendCondition> filters, NpgsqlParameterCollection parameters) => string.Format(
        CultureInfo.InvariantCulture, Records,
        string.Concat(filters.Select(condition => " AND " + condition.ToSql("c." + SpendDimensions.RecordColumn(condition.Dimension), parameters))));

    private static async Task<List<PreviewRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<PreviewRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new PreviewRow { Workload = reader.GetString(0), Calls = reader.GetInt64(1), CostNanos = reader.GetInt64(2) });
        }

        return rows;
    }

    private static string Condition(WorkloadRule rule, IReadOnlyList<SpendCondition> filters, bool byRecord, NpgsqlParameterCollection parameters)
    {
        const string Input = "input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens";
        var conditions = filters
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
