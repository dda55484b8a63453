-- Quarter hours without the caller: what a day is watched by, and where days of zones that are half an hour off begin and end (docs/decisions/0040). With
-- callers they are ten times as many rows.
ALTER TABLE usage_summary
    DROP CONSTRAINT usage_summary_grain_check,
    DROP CONSTRAINT usage_summary_check1,
    ADD CONSTRAINT usage_summary_grain_check CHECK (grain BETWEEN 1 AND 5),
    ADD CONSTRAINT usage_summary_starts_at_check CHECK (
        extract(epoch FROM starts_at)::bigint % CASE grain WHEN 5 THEN 900 WHEN 1 THEN 3600 WHEN 4 THEN 10800 ELSE 86400 END = 0);

CREATE TABLE usage_summary_quarter_hour PARTITION OF usage_summary FOR VALUES IN (5) WITH (fillfactor = 80);

-- What there is already; the key of its dimensions is the one of its hour.
INSERT INTO usage_summary (
    grain, starts_at, dimensions_key, team_id, user_id, application_id, key_id, workload, lane, provider, model, outcome, funding, priced, calls, records, input_tokens,
    cached_input_tokens, output_tokens, cost_nanos, retried_calls, retried_cost_nanos, small_calls, small_input_tokens, small_output_tokens, booked_at)
SELECT 5, q.starts_at, hour.dimensions_key, q.team_id, '', '', '', q.workload, q.lane, q.provider, q.model, q.outcome, q.funding, q.priced, q.calls, q.records, q.input_tokens,
    q.cached_input_tokens, q.output_tokens, q.cost_nanos, q.retried_calls, q.retried_cost_nanos, q.small_calls, q.small_input_tokens, q.small_output_tokens, q.booked_at
FROM (
    SELECT quarter_hour AS starts_at, team_id, workload, lane, provider, model, outcome, funding, priced, booked_at, sum(calls)::bigint AS calls, sum(records)::bigint AS records,
        sum(input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens)::bigint AS input_tokens,
        sum(cached_input_tokens)::bigint AS cached_input_tokens, sum(output_tokens + reasoning_tokens)::bigint AS output_tokens, sum(cost_nanos)::bigint AS cost_nanos,
        sum(retried_calls)::bigint AS retried_calls, sum(retried_cost_nanos)::bigint AS retried_cost_nanos, sum(small_calls)::bigint AS small_calls,
        sum(small_input_tokens)::bigint AS small_input_tokens, sum(small_output_tokens)::bigint AS small_output_tokens
    FROM usage_rollup
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) AS q
JOIN usage_summary AS hour
    ON hour.grain = 1 AND hour.starts_at = date_bin('1 hour', q.starts_at, '2000-01-01Z') AND hour.team_id = q.team_id AND hour.workload = q.workload AND hour.lane = q.lane
    AND hour.provider = q.provider AND hour.model = q.model AND hour.outcome = q.outcome AND hour.funding = q.funding AND hour.priced = q.priced
    AND hour.booked_at IS NOT DISTINCT FROM q.booked_at;
