using Npgsql;
using NpgsqlTypes;

namespace Platform.Metering.Intake;

/// <summary>
/// Adds a batch's sums to the summaries by hour and day, in the transaction that adds them to the quarter hours: queries over months read a few thousand rows
/// instead of millions, and every grain agrees with every other at every commit (docs/decisions/0040).
/// </summary>
internal static class SummaryStore
{
    private const string Upsert = """
        INSERT INTO usage_summary AS kept (
            grain, starts_at, dimensions_key, team_id, user_id, application_id, key_id, workload, lane, provider, model, outcome, funding, priced,
            calls, records, input_tokens, cached_input_tokens, output_tokens, cost_nanos,
            retried_calls, retried_cost_nanos, small_calls, small_input_tokens, small_output_tokens, booked_at, adjustment_nanos)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)
        ON CONFLICT (grain, starts_at, dimensions_key) DO UPDATE SET
            calls = kept.calls + excluded.calls,
            records = kept.records + excluded.records,
            input_tokens = kept.input_tokens + excluded.input_tokens,
            cached_input_tokens = kept.cached_input_tokens + excluded.cached_input_tokens,
            output_tokens = kept.output_tokens + excluded.output_tokens,
            cost_nanos = kept.cost_nanos + excluded.cost_nanos,
            retried_calls = kept.retried_calls + excluded.retried_calls,
            retried_cost_nanos = kept.retried_cost_nanos + excluded.retried_cost_nanos,
            small_calls = kept.small_calls + excluded.small_calls,
            small_input_tokens = kept.small_input_tokens + excluded.small_input_tokens,
            small_output_tokens = kept.small_output_tokens + excluded.small_output_tokens,
            adjustment_nanos = kept.adjustment_nanos + excluded.adjustment_nanos
        """;

    /// <param name="rollups">What the batch adds to the quarter hours.</param>
    public static async Task AddAsync(NpgsqlTransaction transaction, IReadOnlyCollection<Rollup> rollups, CancellationToken cancellationToken)
    {
        var summaries = Summary.Of(rollups);
        await using var command = new NpgsqlCommand(Upsert, transaction.Connection, transaction)
        {
            Parameters =
            {
                Array(summaries, NpgsqlDbType.Smallint, summary => (short)summary.Key.Grain),
                Array(summaries, NpgsqlDbType.TimestampTz, summary => summary.Key.StartsAt),
                Array(summaries, NpgsqlDbType.Uuid, summary => summary.DimensionsKey),
                Array(summaries, NpgsqlDbType.Text, summary => summary.Key.TeamId),
                Array(summaries, NpgsqlDbType.Text, summary => summary.Key.UserId),
                Array(summaries, NpgsqlDbType.Text, summary => summary.Key.ApplicationId),
                Array(summaries, NpgsqlDbType.Text, summary => summary.Key.KeyId),
                Array(summaries, NpgsqlDbType.Text, summary => summary.Key.Workload),
                Array(summaries, NpgsqlDbType.Text, summary => summary.Key.Lane),
                Array(summaries, NpgsqlDbType.Text, summary => summary.Key.Provider),
                Array(summaries, NpgsqlDbType.Text, summary => summary.Key.Model),
                Array(summaries, NpgsqlDbType.Smallint, summary => (short)summary.Key.Outcome),
                Array(summaries, NpgsqlDbType.Smallint, summary => (short)summary.Key.Funding),
                Array(summaries, NpgsqlDbType.Boolean, summary => summary.Key.Priced),
                Array(summaries, NpgsqlDbType.Bigint, summary => summary.Calls),
                Array(summaries, NpgsqlDbType.Bigint, summary => summary.Records),
                Array(summaries, NpgsqlDbType.Bigint, summary => summary.InputTokens),
                Array(summaries, NpgsqlDbType.Bigint, summary => summary.CachedInputTokens),
                Array(summaries, NpgsqlDbType.Bigint, summary => summary.OutputTokens),
                Array(summaries, NpgsqlDbType.Bigint, summary => summary.CostNanos),
                Array(summaries, NpgsqlDbType.Bigint, summary => summary.RetriedCalls),
                Array(summaries, NpgsqlDbType.Bigint, summary => summary.RetriedCostNanos),
                Array(summaries, NpgsqlDbType.Bigint, summary => summary.SmallCalls),
                Array(summaries, NpgsqlDbType.Bigint, summary => summary.SmallInputTokens),
                Array(summaries, NpgsqlDbType.Bigint, summary => summary.SmallOutputTokens),
                Array(summaries, NpgsqlDbType.TimestampTz, summary => summary.Key.BookedAt),
                Array(summaries, NpgsqlDbType.Bigint, summary => summary.AdjustmentNanos),
            },
        };
        await command.PrepareAsync(cancellationToken);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlParameter<T[]> Array<T>(List<Summary> summaries, NpgsqlDbType type, Converter<Summary, T> select) =>
        new() { TypedValue = [.. summaries.ConvertAll(select)], NpgsqlDbType = NpgsqlDbType.Array | type };
}
