-- What a record still lacked, and roll-ups by user and application with the measures of waste.
ALTER TABLE usage_record
    -- The attempt that this one repeats; null for none.
    ADD COLUMN retry_of     uuid  NULL,
    -- Hash of the request's normalised content, never the content; null when unknown.
    ADD COLUMN prompt_hash  bytea NULL CHECK (octet_length(prompt_hash) IN (16, 32)),
    -- The routing policy and version that chose the target; empty when none did.
    ADD COLUMN route_policy text  NOT NULL DEFAULT '';

ALTER TABLE usage_rollup
    ADD COLUMN user_id             text   NOT NULL DEFAULT '',
    ADD COLUMN application_id      text   NOT NULL DEFAULT '',
    -- Of calls and cost above: by attempts that came after another one of their call, or repeat an attempt of another call.
    ADD COLUMN retried_calls       bigint NOT NULL DEFAULT 0,
    ADD COLUMN retried_cost_nanos  bigint NOT NULL DEFAULT 0,
    -- Of calls and tokens above: by small calls (src/Metering/Intake/RollupMeasures.cs says what is small).
    ADD COLUMN small_calls         bigint NOT NULL DEFAULT 0,
    ADD COLUMN small_input_tokens  bigint NOT NULL DEFAULT 0,
    ADD COLUMN small_output_tokens bigint NOT NULL DEFAULT 0;

-- Nothing has ever been removed from the records, so the sums are made anew from them, by the key that the intake makes: the hash of the dimensions.
CREATE FUNCTION pg_temp.part(text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT int4send(octet_length(convert_to($1, 'UTF8'))) || convert_to($1, 'UTF8')
$$;

CREATE FUNCTION pg_temp.hash_id(bytea) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(
        set_byte(set_byte(substring(h FROM 1 FOR 16), 6, get_byte(h, 6) & 15 | 128), 8, get_byte(h, 8) & 63 | 128), 'hex')::uuid
    FROM (SELECT sha256($1) AS h) AS hashed
$$;

TRUNCATE usage_rollup;

INSERT INTO usage_rollup (
    quarter_hour, dimensions_key, team_id, user_id, application_id, key_id, workload, lane, provider, model, outcome, funding, priced,
    calls, records, input_tokens, cached_input_tokens, cache_write_tokens, cache_write_hour_tokens, output_tokens, reasoning_tokens, cost_nanos,
    retried_calls, retried_cost_nanos, small_calls, small_input_tokens, small_output_tokens)
SELECT quarter_hour,
    pg_temp.hash_id(
        pg_temp.part(team_id) || pg_temp.part(user_id) || pg_temp.part(application_id) || pg_temp.part(key_id) || pg_temp.part(workload) || pg_temp.part(lane)
        || pg_temp.part(provider) || pg_temp.part(model) || pg_temp.part(outcome::text) || pg_temp.part(funding::text)
        || pg_temp.part(CASE WHEN priced THEN 'priced' ELSE 'unpriced' END)),
    team_id, user_id, application_id, key_id, workload, lane, provider, model, outcome, funding, priced,
    calls, records, input_tokens, cached_input_tokens, cache_write_tokens, cache_write_hour_tokens, output_tokens, reasoning_tokens, cost_nanos,
    retried_calls, retried_cost_nanos, small_calls, small_input_tokens, small_output_tokens
FROM (
    SELECT date_bin('15 minutes', occurred_at, '2000-01-01Z') AS quarter_hour,
        team_id, user_id, application_id, key_id, workload, lane, provider, model_served AS model, outcome, funding, priced,
        count(*) FILTER (WHERE is_call) AS calls, count(*) AS records,
        sum(input_tokens)::bigint AS input_tokens, sum(cached_input_tokens)::bigint AS cached_input_tokens, sum(cache_write_tokens)::bigint AS cache_write_tokens,
        sum(cache_write_hour_tokens)::bigint AS cache_write_hour_tokens, sum(output_tokens)::bigint AS output_tokens, sum(reasoning_tokens)::bigint AS reasoning_tokens,
        coalesce(sum(cost_nanos), 0)::bigint AS cost_nanos,
        count(*) FILTER (WHERE is_call AND is_retry) AS retried_calls, coalesce(sum(cost_nanos) FILTER (WHERE is_retry), 0)::bigint AS retried_cost_nanos,
        count(*) FILTER (WHERE is_small) AS small_calls, coalesce(sum(input) FILTER (WHERE is_small), 0)::bigint AS small_input_tokens,
        coalesce(sum(output) FILTER (WHERE is_small), 0)::bigint AS small_output_tokens
    FROM (
        SELECT r.*, corrects_record_id IS NULL AS is_call, attempt_number > 1 OR fallback AS is_retry, s.input, s.output,
            corrects_record_id IS NULL AND s.input <= 1000 AND s.output <= 250 AS is_small,
            -- What had no price and was given one late is counted among what has a price.
            cost_nanos IS NOT NULL OR EXISTS (SELECT FROM usage_record c WHERE c.corrects_record_id = r.record_id AND c.source = 'pricing') AS priced
        FROM usage_record r,
            LATERAL (SELECT input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens AS input, output_tokens + reasoning_tokens AS output) s) AS record
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) AS summed;

ALTER TABLE usage_rollup
    ALTER COLUMN user_id DROP DEFAULT,
    ALTER COLUMN application_id DROP DEFAULT;
