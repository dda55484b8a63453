-- $1 records over the 90 days before $2, evenly: 20 teams of 10 users, with a key for each of two workloads, each with its lane and three models, as UsageMaker makes
-- them. Indexes of usage_record are made afterwards by the caller. Everything adds up: cost, roll-ups, summaries, identities; rows lie
-- in the order of time, as the intake leaves them.
SELECT usage_record_partition(month)
FROM generate_series(date_trunc('month', ($2::timestamptz - interval '90 days') AT TIME ZONE 'UTC'), $2::timestamptz AT TIME ZONE 'UTC', interval '1 month') AS local,
    LATERAL (SELECT local AT TIME ZONE 'UTC' AS month) AS utc;

INSERT INTO usage_record (
    recorded_at, occurred_at, price_id, input_tokens, cached_input_tokens, cache_write_tokens, cache_write_hour_tokens, output_tokens, reasoning_tokens,
    input_nanos, cached_input_nanos, cache_write_nanos, cache_write_hour_nanos, output_nanos, reasoning_nanos, request_nanos, cost_nanos, bound_nanos, gateway_ms,
    first_token_ms, total_ms, record_id, attempt_id, call_id, attempt_number, funding, outcome, fallback, source, event_id, team_id, user_id, application_id, key_id,
    workload, lane, provider, model_asked, model_served, service_tier, region, route_policy, route_reason, traceparent, upstream_key, currency)
SELECT occurred_at, occurred_at, 1, input, cached, 0, 0, output, 0, input * 150, cached * 75, 0, 0, output * 600, 0, 0, input * 150 + cached * 75 + output * 600, 0, 1,
    100 + draw % 400, 600 + draw % 4000, record_id, attempt_id, attempt_id, 1, 3, 1, false, 'gateway/bench', attempt_id::text, 'bench_' || lpad(team::text, 2, '0'),
    'usr_' || lpad((team * 10 + draw / 20 % 10)::text, 3, '0'), '', 'key_' || lpad((team * 2 + class)::text, 2, '0'), (ARRAY['interactive', 'batch'])[class + 1],
    (ARRAY['premium', 'economy'])[class + 1], 'openai', model, model, 'standard', '', '', 'only target', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '…f3a1', 'USD'
FROM generate_series(0, $1::bigint - 1) AS number,
    LATERAL (SELECT
        $2::timestamptz - interval '90 days' + interval '90 days' * (number::float8 / $1) AS occurred_at, (hashint8(number)::bigint + 2147483648) AS draw,
        md5(number::text) AS hash) AS drawn,
    LATERAL (SELECT
        (draw % 20)::int AS team, (draw / 200 % 2)::int AS class, 200 + draw / 6000 % 3000 AS input, CASE WHEN draw % 4 = 0 THEN 1024 ELSE 0 END AS cached,
        20 + draw / 7000 % 800 AS output, lpad(to_hex((extract(epoch FROM occurred_at) * 1000)::bigint), 12, '0') AS time) AS made,
    LATERAL (SELECT
        (time || '7' || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid AS attempt_id, (time || '8' || substr(hash, 16, 3) || '8' || substr(hash, 19, 14) || '0')::uuid AS record_id,
        (ARRAY['gpt-4o-mini', 'gpt-4o', 'gpt-4.1', 'gpt-4.1-mini', 'gpt-5', 'gpt-5-mini'])[class * 3 + (draw / 400 % 3)::int + 1] AS model) AS named;

INSERT INTO usage_identity (identity_key, attempt_id, occurred_at, cost_nanos, is_correction)
SELECT record_id, attempt_id, occurred_at, cost_nanos, false FROM usage_record;

INSERT INTO usage_rollup (
    quarter_hour, dimensions_key, team_id, user_id, application_id, key_id, workload, lane, provider, model, outcome, funding, priced, calls, records, input_tokens,
    cached_input_tokens, cache_write_tokens, cache_write_hour_tokens, output_tokens, reasoning_tokens, cost_nanos, retried_calls, retried_cost_nanos, small_calls,
    small_input_tokens, small_output_tokens)
SELECT date_bin('15 minutes', occurred_at, '2000-01-01Z'), md5(concat_ws('|', user_id, key_id, model_served))::uuid, team_id, user_id, '', key_id, workload, lane,
    'openai', model_served, 1, 3, true, count(*), count(*), sum(input_tokens), sum(cached_input_tokens), 0, 0, sum(output_tokens), 0, sum(cost_nanos), 0, 0,
    count(*) FILTER (WHERE small), coalesce(sum(input_tokens + cached_input_tokens) FILTER (WHERE small), 0), coalesce(sum(output_tokens) FILTER (WHERE small), 0)
FROM (SELECT *, input_tokens + cached_input_tokens <= 1000 AND output_tokens <= 250 AS small FROM usage_record) AS record
GROUP BY 1, team_id, user_id, key_id, workload, lane, model_served
ORDER BY 1;

INSERT INTO usage_summary (
    grain, starts_at, dimensions_key, team_id, user_id, application_id, key_id, workload, lane, provider, model, outcome, funding, priced, calls, records, input_tokens,
    cached_input_tokens, output_tokens, cost_nanos, retried_calls, retried_cost_nanos, small_calls, small_input_tokens, small_output_tokens)
SELECT grain, starts_at, md5(concat_ws('|', team_id, caller.user_id, caller.key_id, workload, model))::uuid, team_id, caller.user_id, '', caller.key_id, workload, lane,
    'openai', model, 1, 3, true, sum(calls), sum(records), sum(input_tokens + cached_input_tokens), sum(cached_input_tokens), sum(output_tokens), sum(cost_nanos), 0, 0,
    sum(small_calls), sum(small_input_tokens), sum(small_output_tokens)
FROM usage_rollup AS r,
    LATERAL (VALUES
        (5::smallint, quarter_hour, '', ''),
        (1::smallint, date_bin('1 hour', quarter_hour, '2000-01-01Z'), '', ''),
        (4::smallint, date_bin('3 hours', quarter_hour, '2000-01-01Z'), '', ''),
        (2::smallint, date_bin('1 day', quarter_hour, '2000-01-01Z'), '', ''),
        (3::smallint, date_bin('1 day', quarter_hour, '2000-01-01Z'), r.user_id, r.key_id)) AS caller (grain, starts_at, user_id, key_id)
GROUP BY grain, starts_at, team_id, caller.user_id, caller.key_id, workload, lane, model
ORDER BY starts_at;

-- The intake would have known what it is too late for; here all is folded afterwards.
UPDATE usage_watermark SET folded_until = '2000-01-01T00:00:00Z';
