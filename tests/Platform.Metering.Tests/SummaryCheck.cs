namespace Platform.Metering.Tests;

/// <summary>Every grain of the summaries is the sum of the quarter hours, row by row.</summary>
internal static class SummaryCheck
{
    private const string Dimensions = "workload, lane, provider, model, outcome, funding, priced, booked_at";
    private const string Measures = "calls, records, input_tokens, cached_input_tokens, output_tokens, cost_nanos, retried_calls, retried_cost_nanos, small_calls, small_input_tokens, small_output_tokens, adjustment_nanos";

    private const string Expected = $"""
        SELECT grain, starts_at, team_id, caller.user_id, caller.application_id, caller.key_id, {Dimensions},
            sum(calls)::bigint, sum(records)::bigint, sum(input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens)::bigint,
            sum(cached_input_tokens)::bigint, sum(output_tokens + reasoning_tokens)::bigint, sum(cost_nanos)::bigint, sum(retried_calls)::bigint,
            sum(retried_cost_nanos)::bigint, sum(small_calls)::bigint, sum(small_input_tokens)::bigint, sum(small_output_tokens)::bigint, sum(adjustment_nanos)::bigint
        FROM usage_rollup AS r,
            LATERAL (VALUES
                (5::smallint, quarter_hour, '', '', ''),
                (1::smallint, date_bin('1 hour', quarter_hour, '2000-01-01Z'), '', '', ''),
                (4::smallint, date_bin('3 hours', quarter_hour, '2000-01-01Z'), '', '', ''),
                (2::smallint, date_bin('1 day', quarter_hour, '2000-01-01Z'), '', '', ''),
                (3::smallint, date_bin('1 day', quarter_hour, '2000-01-01Z'), r.user_id, r.application_id, r.key_id)
            ) AS caller (grain, starts_at, user_id, application_id, key_id)
        GROUP BY 1, 2, 3, 4, 5, 6, {Dimensions}
        """;

    private const string Kept = $"SELECT grain, starts_at, team_id, user_id, application_id, key_id, {Dimensions}, {Measures} FROM usage_summary";

    public static async Task AssertEqualAsync(MeteringFixture metering) => Assert.Equal(0, await metering.ScalarAsync<long>($"""
        SELECT count(*) FROM ((({Expected}) EXCEPT ALL ({Kept})) UNION ALL (({Kept}) EXCEPT ALL ({Expected}))) AS differing
        """));
}
