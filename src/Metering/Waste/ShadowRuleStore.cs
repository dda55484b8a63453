using Npgsql;
using NpgsqlTypes;
using Platform.Metering.Intake;

namespace Platform.Metering.Waste;

/// <summary>What a rule in shadow mode would have done in some days.</summary>
/// <param name="Calls">That it would have taken.</param>
/// <param name="ComparedCalls">Of them, whose cost is known both as it was and there; the sums are of these.</param>
internal readonly record struct ShadowRuleSums(string Rule, long Calls, long ComparedCalls, long CostNanos, long RuleCostNanos)
{
    /// <summary>Below zero where the rule would have cost more.</summary>
    public long SavedNanos => CostNanos - RuleCostNanos;

    public static ShadowRuleSums Of(RatedUsage usage) => usage is { Cost: { } cost, Event.HasShadowCostNanos: true }
        ? new(usage.Event.ShadowRule, usage.Calls, usage.Calls, cost.TotalNanos, usage.Event.ShadowCostNanos)
        : new(usage.Event.ShadowRule, usage.Calls, 0, 0, 0);

    public static ShadowRuleSums operator +(ShadowRuleSums left, ShadowRuleSums right) => new(
        left.Rule, left.Calls + right.Calls, left.ComparedCalls + right.ComparedCalls, left.CostNanos + right.CostNanos, left.RuleCostNanos + right.RuleCostNanos);
}

/// <summary>Sums of a day and rule, kept in the transactions that take usage in.</summary>
internal sealed class ShadowRuleStore(NpgsqlDataSource dataSource)
{
    private const string Upsert = """
        INSERT INTO shadow_rule_day AS kept (day, rule, calls, compared_calls, cost_nanos, rule_cost_nanos) SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
        ON CONFLICT (day, rule) DO UPDATE SET
            calls = kept.calls + excluded.calls,
            compared_calls = kept.compared_calls + excluded.compared_calls,
            cost_nanos = kept.cost_nanos + excluded.cost_nanos,
            rule_cost_nanos = kept.rule_cost_nanos + excluded.rule_cost_nanos
        """;

    private const string Read = """
        SELECT rule, sum(calls)::bigint, sum(compared_calls)::bigint, sum(cost_nanos)::bigint, sum(rule_cost_nanos)::bigint
        FROM shadow_rule_day WHERE day >= $1 AND day < $2 GROUP BY rule
        """;

    /// <summary>Adds what a batch says of rules in shadow mode: nothing, as a rule. Rows are locked in one order in all batches.</summary>
    public static async Task AddAsync(NpgsqlTransaction transaction, IReadOnlyList<RatedUsage> stored, CancellationToken cancellationToken)
    {
        Dictionary<(DateOnly Day, string Rule), ShadowRuleSums>? sums = null;
        foreach (var usage in stored)
        {
            if (usage.Event.ShadowRule.Length > 0)
            {
                sums ??= [];
                var key = (DateOnly.FromDateTime(usage.OccurredAt.UtcDateTime), usage.Event.ShadowRule);
                var one = ShadowRuleSums.Of(usage);
                sums[key] = sums.TryGetValue(key, out var before) ? before + one : one;
            }
        }

        if (sums is null)
        {
            return;
        }

        var rows = sums.OrderBy(row => row.Key.Day).ThenBy(row => row.Key.Rule, StringComparer.Ordinal).ToList();
        await using var command = new NpgsqlCommand(Upsert, transaction.Connection, transaction)
        {
            Parameters =
            {
                Array(NpgsqlDbType.Date, row => row.Key.Day), Array(NpgsqlDbType.Text, row => row.Key.Rule), Array(NpgsqlDbType.Bigint, row => row.Value.Calls),
                Array(NpgsqlDbType.Bigint, row => row.Value.ComparedCalls), Array(NpgsqlDbType.Bigint, row => row.Value.CostNanos),
                Array(NpgsqlDbType.Bigint, row => row.Value.RuleCostNanos),
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);

        NpgsqlParameter<T[]> Array<T>(NpgsqlDbType type, Func<KeyValuePair<(DateOnly Day, string Rule), ShadowRuleSums>, T> select) =>
            new() { TypedValue = [.. rows.Select(select)], NpgsqlDbType = NpgsqlDbType.Array | type };
    }

    /// <param name="from">Whole days of UTC, half open.</param>
    public async Task<List<ShadowRuleSums>> ReadAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Read);
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = DateOnly.FromDateTime(from.UtcDateTime) });
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = DateOnly.FromDateTime(to.UtcDateTime) });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var sums = new List<ShadowRuleSums>();
        while (await reader.ReadAsync(cancellationToken))
        {
            sums.Add(new ShadowRuleSums(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));
        }

        return sums;
    }
}
