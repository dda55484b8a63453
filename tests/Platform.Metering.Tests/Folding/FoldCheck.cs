namespace Platform.Metering.Tests.Folding;

/// <summary>What is folded is the sum of its quarter hours, row by row; nothing else is called folded.</summary>
internal static class FoldCheck
{
    private const string Dimensions = "dimensions_key, team_id, user_id, application_id, key_id, workload, lane, provider, model, outcome, funding, priced, booked_at";

    private const string Expected = $"""
        SELECT kind.grain, date_bin(kind.size, quarter_hour, '1900-01-01Z'), {Dimensions},
            sum(calls)::bigint, sum(records)::bigint, sum(input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens)::bigint,
            sum(cached_input_tokens)::bigint, sum(output_tokens + reasoning_tokens)::bigint, sum(cost_nanos)::bigint, sum(retried_calls)::bigint,
            sum(retried_cost_nanos)::bigint, sum(small_calls)::bigint, sum(small_input_tokens)::bigint, sum(small_output_tokens)::bigint, sum(adjustment_nanos)::bigint
        FROM usage_rollup, (VALUES (6::smallint, interval '3 hours'), (7::smallint, interval '7 days')) AS kind (grain, size)
        WHERE (kind.grain, date_bin(kind.size, quarter_hour, '1900-01-01Z')) IN (SELECT grain, starts_at FROM usage_folded WHERE is_folded)
        GROUP BY 1, 2, {Dimensions}
        """;

    private const string Kept = $"""
        SELECT grain, starts_at, {Dimensions}, calls, records, input_tokens, cached_input_tokens, output_tokens, cost_nanos, retried_calls, retried_cost_nanos,
            small_calls, small_input_tokens, small_output_tokens, adjustment_nanos
        FROM usage_fold JOIN usage_folded USING (grain, starts_at) WHERE is_folded
        """;

    public static async Task AssertEqualAsync(MeteringFixture metering) => Assert.Equal(0, await metering.ScalarAsync<long>($"""
        SELECT count(*) FROM ((({Expected}) EXCEPT ALL ({Kept})) UNION ALL (({Kept}) EXCEPT ALL ({Expected}))) AS differing
        """));
}
