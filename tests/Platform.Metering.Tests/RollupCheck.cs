namespace Platform.Metering.Tests;

/// <summary>The roll-ups against the records that they are the sums of, by every dimension and measure.</summary>
internal static class RollupCheck
{
    private const string Records = $"""
        SELECT concat_ws('|', team_id, user_id, application_id, key_id, workload, lane, provider, model_served, outcome, funding,
                         date_bin('15 minutes', occurred_at, '2000-01-01Z') AT TIME ZONE 'UTC', priced, coalesce(booked_at::text, 'when it occurred'),
                         sum(calls), count(*), sum(input_tokens), sum(cached_input_tokens), sum(cache_write_tokens), sum(cache_write_hour_tokens),
                         sum(output_tokens), sum(reasoning_tokens), coalesce(sum(cost_nanos), 0),
                         coalesce(sum(calls) FILTER (WHERE is_retry), 0), coalesce(sum(cost_nanos) FILTER (WHERE is_retry), 0),
                         coalesce(sum(calls) FILTER (WHERE is_small), 0), coalesce(sum(input) FILTER (WHERE is_small), 0), coalesce(sum(output) FILTER (WHERE is_small), 0),
                         coalesce(sum(adjustment_nanos), 0)) AS line
        FROM (
            SELECT *, abs(calls) = 1 AND abs(input) <= 1000 AND abs(output) <= 250 AS is_small
            FROM (
                SELECT *, coalesce(requests, CASE WHEN corrects_record_id IS NULL THEN 1 ELSE 0 END) AS calls, attempt_number > 1 OR fallback OR retry_of IS NOT NULL AS is_retry,
                    input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens AS input, output_tokens + reasoning_tokens AS output,
                    cost_nanos IS NOT NULL OR EXISTS (SELECT FROM usage_record c WHERE c.corrects_record_id = r.record_id AND c.source = 'pricing') AS priced
                FROM usage_record r) AS record) AS sized
        GROUP BY team_id, user_id, application_id, key_id, workload, lane, provider, model_served, outcome, funding,
            date_bin('15 minutes', occurred_at, '2000-01-01Z'), priced, booked_at
        """;

    private const string Measures = """
        calls, records, input_tokens, cached_input_tokens, cache_write_tokens, cache_write_hour_tokens, output_tokens, reasoning_tokens, cost_nanos,
        retried_calls, retried_cost_nanos, small_calls, small_input_tokens, small_output_tokens, adjustment_nanos
        """;

    // What was taken out of a row whole leaves zeros; a figure that stayed behind is one too many, whatever the row's count of records.
    private const string Rollups = $"""
        SELECT concat_ws('|', team_id, user_id, application_id, key_id, workload, lane, provider, model, outcome, funding, quarter_hour AT TIME ZONE 'UTC', priced, coalesce(booked_at::text, 'when it occurred'),
                         {Measures}) AS line
        FROM usage_rollup WHERE ({Measures}) <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        """;

    /// <summary>Fails with the first differing lines.</summary>
    public static async Task AssertEqualAsync(MeteringFixture metering)
    {
        Assert.Equal("", await metering.ScalarAsync<string>($"""
            SELECT coalesce(string_agg(line, E'\n'), '') FROM (
                (SELECT 'records: ' || line AS line FROM (({Records}) EXCEPT ({Rollups})) AS missing LIMIT 3)
                UNION ALL (SELECT 'roll-ups: ' || line FROM (({Rollups}) EXCEPT ({Records})) AS extra LIMIT 3)) AS differing
            """));
        await SummaryCheck.AssertEqualAsync(metering);
    }
}
