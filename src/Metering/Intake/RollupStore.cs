using Npgsql;
using NpgsqlTypes;

namespace Platform.Metering.Intake;

/// <summary>Adds a batch's sums to the roll-ups.</summary>
internal static class RollupStore
{
    private const string Upsert = """
        INSERT INTO usage_rollup AS kept (
            quarter_hour, dimensions_key, team_id, key_id, workload, lane, provider, model, outcome, funding, priced,
            calls, records, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_nanos, cache_write_hour_tokens)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        ON CONFLICT (quarter_hour, dimensions_key) DO UPDATE SET
            calls = kept.calls + excluded.calls,
            records = kept.records + excluded.records,
            input_tokens = kept.input_tokens + excluded.input_tokens,
            cached_input_tokens = kept.cached_input_tokens + excluded.cached_input_tokens,
            cache_write_tokens = kept.cache_write_tokens + excluded.cache_write_tokens,
            output_tokens = kept.output_tokens + excluded.output_tokens,
            reasoning_tokens = kept.reasoning_tokens + excluded.reasoning_tokens,
            cost_nanos = kept.cost_nanos + excluded.cost_nanos,
            cache_write_hour_tokens = kept.cache_write_hour_tokens + excluded.cache_write_hour_tokens
        """;

    /// <param name="rollups">In the order of <see cref="Rollup.Sum"/>.</param>
    public static async Task AddAsync(NpgsqlTransaction transaction, IReadOnlyList<Rollup> rollups, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Upsert, transaction.Connection, transaction)
        {
            Parameters =
            {
                Array(rollups, NpgsqlDbType.TimestampTz, rollup => rollup.Key.QuarterHour),
                Array(rollups, NpgsqlDbType.Uuid, rollup => rollup.DimensionsKey),
                Array(rollups, NpgsqlDbType.Text, rollup => rollup.Key.TeamId),
                Array(rollups, NpgsqlDbType.Text, rollup => rollup.Key.KeyId),
                Array(rollups, NpgsqlDbType.Text, rollup => rollup.Key.Workload),
                Array(rollups, NpgsqlDbType.Text, rollup => rollup.Key.Lane),
                Array(rollups, NpgsqlDbType.Text, rollup => rollup.Key.Provider),
                Array(rollups, NpgsqlDbType.Text, rollup => rollup.Key.Model),
                Array(rollups, NpgsqlDbType.Smallint, rollup => (short)rollup.Key.Outcome),
                Array(rollups, NpgsqlDbType.Smallint, rollup => (short)rollup.Key.Funding),
                Array(rollups, NpgsqlDbType.Boolean, rollup => rollup.Key.Priced),
                Array(rollups, NpgsqlDbType.Bigint, rollup => rollup.Calls),
                Array(rollups, NpgsqlDbType.Bigint, rollup => rollup.Records),
                Array(rollups, NpgsqlDbType.Bigint, rollup => rollup.InputTokens),
                Array(rollups, NpgsqlDbType.Bigint, rollup => rollup.CachedInputTokens),
                Array(rollups, NpgsqlDbType.Bigint, rollup => rollup.CacheWriteTokens),
                Array(rollups, NpgsqlDbType.Bigint, rollup => rollup.OutputTokens),
                Array(rollups, NpgsqlDbType.Bigint, rollup => rollup.ReasoningTokens),
                Array(rollups, NpgsqlDbType.Bigint, rollup => rollup.CostNanos),
                Array(rollups, NpgsqlDbType.Bigint, rollup => rollup.CacheWriteHourTokens),
            },
        };
        await command.PrepareAsync(cancellationToken);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlParameter<T[]> Array<T>(IEnumerable<Rollup> rollups, NpgsqlDbType type, Func<Rollup, T> select) =>
        new() { TypedValue = [.. rollups.Select(select)], NpgsqlDbType = NpgsqlDbType.Array | type };
}
