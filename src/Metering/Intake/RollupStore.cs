using Npgsql;
using NpgsqlTypes;
using Platform.Metering.Folding;

namespace Platform.Metering.Intake;

/// <summary>Adds a batch's sums to the roll-ups and their summaries.</summary>
internal static class RollupStore
{
    private const string Upsert = """
        INSERT INTO usage_rollup AS kept (
            quarter_hour, dimensions_key, team_id, user_id, application_id, key_id, workload, lane, provider, model, outcome, funding, priced,
            calls, records, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_nanos, cache_write_hour_tokens,
            retried_calls, retried_cost_nanos, small_calls, small_input_tokens, small_output_tokens, booked_at, adjustment_nanos)
        SELECT * FROM unnest(
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)
        ON CONFLICT (quarter_hour, dimensions_key) DO UPDATE SET
            calls = kept.calls + excluded.calls,
            records = kept.records + excluded.records,
            input_tokens = kept.input_tokens + excluded.input_tokens,
            cached_input_tokens = kept.cached_input_tokens + excluded.cached_input_tokens,
            cache_write_tokens = kept.cache_write_tokens + excluded.cache_write_tokens,
            output_tokens = kept.output_tokens + excluded.output_tokens,
            reasoning_tokens = kept.reasoning_tokens + excluded.reasoning_tokens,
            cost_nanos = kept.cost_nanos + excluded.cost_nanos,
            cache_write_hour_tokens = kept.cache_write_hour_tokens + excluded.cache_write_hour_tokens,
            retried_calls = kept.retried_calls + excluded.retried_calls,
            retried_cost_nanos = kept.retried_cost_nanos + excluded.retried_cost_nanos,
            small_calls = kept.small_calls + excluded.small_calls,
            small_input_tokens = kept.small_input_tokens + excluded.small_input_tokens,
            small_output_tokens = kept.small_output_tokens + excluded.small_output_tokens,
            adjustment_nanos = kept.adjustment_nanos + excluded.adjustment_nanos
        """;

    /// <param name="rollups">In the order of <see cref="Rollup.Sum"/>.</param>
    /// <param name="entry">Of the intake that the transaction is.</param>
    public static async Task AddAsync(NpgsqlTransaction transaction, IReadOnlyList<Rollup> rollups, IntakeEntry entry, CancellationToken cancellationToken)
    {
        await FoldStore.ChangeAsync(transaction, rollups, entry, cancellationToken);
        await using var command = new NpgsqlCommand(Upsert, transaction.Connection, transaction)
        {
            Parameters =
            {
                Array(rollups, NpgsqlDbType.TimestampTz, rollup => rollup.Key.QuarterHour),
                Array(rollups, NpgsqlDbType.Uuid, rollup => rollup.DimensionsKey),
                Array(rollups, NpgsqlDbType.Text, rollup => rollup.Key.TeamId),
                Array(rollups, NpgsqlDbType.Text, rollup => rollup.Key.UserId),
                Array(rollups, NpgsqlDbType.Text, rollup => rollup.Key.ApplicationId),
                Array(rollups, NpgsqlDbType.Text, rollup => rollup.Key.KeyId),
                Array(rollups, NpgsqlDbType.Text, rollup => rollup.Key.Workload),
                Array(rollups, NpgsqlDbType.Text, rollup => rollup.Key.Lane),
                Array(rollups, NpgsqlDbType.Text, rollup => rollup.Key.Provider),
                Array(rollups, NpgsqlDbType.Text, rollup => rollup.Key.Model),
                Array(rollups, NpgsqlDbType.Smallint, rollup => (short)rollup.Key.Outcome),
                Array(rollups, NpgsqlDbType.Smallint, rollup => (short)rollup.Key.Funding),
                Array(rollups, NpgsqlDbType.Boolean, rollup => rollup.Key.Priced),
                Sums(rollups, measures => measures.Calls),
                Sums(rollups, measures => measures.Records),
                Sums(rollups, measures => measures.InputTokens),
                Sums(rollups, measures => measures.CachedInputTokens),
                Sums(rollups, measures => measures.CacheWriteTokens),
                Sums(rollups, measures => measures.OutputTokens),
                Sums(rollups, measures => measures.ReasoningTokens),
                Sums(rollups, measures => measures.CostNanos),
                Sums(rollups, measures => measures.CacheWriteHourTokens),
                Sums(rollups, measures => measures.RetriedCalls),
                Sums(rollups, measures => measures.RetriedCostNanos),
                Sums(rollups, measures => measures.SmallCalls),
                Sums(rollups, measures => measures.SmallInputTokens),
                Sums(rollups, measures => measures.SmallOutputTokens),
                Array(rollups, NpgsqlDbType.TimestampTz, rollup => rollup.Key.BookedAt),
                Sums(rollups, measures => measures.AdjustmentNanos),
            },
        };
        await command.PrepareAsync(cancellationToken);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await SummaryStore.AddAsync(transaction, rollups, cancellationToken);
    }

    private static NpgsqlParameter<long[]> Sums(IEnumerable<Rollup> rollups, Func<RollupMeasures, long> select) =>
        Array(rollups, NpgsqlDbType.Bigint, rollup => select(rollup.Measures));

    private static NpgsqlParameter<T[]> Array<T>(IEnumerable<Rollup> rollups, NpgsqlDbType type, Func<Rollup, T> select) =>
        new() { TypedValue = [.. rollups.Select(select)], NpgsqlDbType = NpgsqlDbType.Array | type };
}
