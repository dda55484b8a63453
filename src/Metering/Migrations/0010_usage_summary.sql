-- The same sums over hours and days, so that a query over months reads thousands of rows and not millions (docs/decisions/0040). One table, because one
-- statement of the intake keeps all of it; one partition a grain, because each query reads one of them from end to end.
CREATE TABLE usage_summary (
    -- 1: hours, 4: spans of three hours, 2: days of UTC, all three without the caller; 3: days of UTC by all dimensions.
    grain               smallint    NOT NULL CHECK (grain BETWEEN 1 AND 4),
    starts_at           timestamptz NOT NULL,
    -- Hash of the dimensions below.
    dimensions_key      uuid        NOT NULL,
    team_id             text        NOT NULL,
    -- The caller; empty where the grain leaves it out.
    user_id             text        NOT NULL,
    application_id      text        NOT NULL,
    key_id              text        NOT NULL,
    workload            text        NOT NULL,
    lane                text        NOT NULL,
    provider            text        NOT NULL,
    model               text        NOT NULL,
    outcome             smallint    NOT NULL,
    funding             smallint    NOT NULL,
    priced              boolean     NOT NULL,
    calls               bigint      NOT NULL,
    records             bigint      NOT NULL,
    -- All kinds of input; what was read from a cache is part of it.
    input_tokens        bigint      NOT NULL,
    cached_input_tokens bigint      NOT NULL,
    -- With reasoning.
    output_tokens       bigint      NOT NULL,
    cost_nanos          bigint      NOT NULL CHECK (priced OR cost_nanos = 0),
    retried_calls       bigint      NOT NULL,
    retried_cost_nanos  bigint      NOT NULL,
    small_calls         bigint      NOT NULL,
    small_input_tokens  bigint      NOT NULL,
    small_output_tokens bigint      NOT NULL,
    PRIMARY KEY (grain, starts_at, dimensions_key),
    CHECK (extract(epoch FROM starts_at)::bigint % CASE grain WHEN 1 THEN 3600 WHEN 4 THEN 10800 ELSE 86400 END = 0),
    CHECK (grain = 3 OR (user_id = '' AND application_id = '' AND key_id = ''))
) PARTITION BY LIST (grain);

-- Rows of the running hour and day are written again and again: room on their pages keeps that off the indexes.
CREATE TABLE usage_summary_hour PARTITION OF usage_summary FOR VALUES IN (1) WITH (fillfactor = 80);
CREATE TABLE usage_summary_three_hours PARTITION OF usage_summary FOR VALUES IN (4) WITH (fillfactor = 80);
CREATE TABLE usage_summary_day PARTITION OF usage_summary FOR VALUES IN (2) WITH (fillfactor = 80);
CREATE TABLE usage_summary_caller_day PARTITION OF usage_summary FOR VALUES IN (3) WITH (fillfactor = 80);

CREATE INDEX usage_summary_caller_team ON usage_summary_caller_day (team_id, starts_at);

-- What there is already, by the key that the intake makes.
CREATE FUNCTION pg_temp.summary_part(text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT int4send(octet_length(convert_to($1, 'UTF8'))) || convert_to($1, 'UTF8')
$$;

CREATE FUNCTION pg_temp.summary_key(bytea) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(
        set_byte(set_byte(substring(h FROM 1 FOR 16), 6, get_byte(h, 6) & 15 | 128), 8, get_byte(h, 8) & 63 | 128), 'hex')::uuid
    FROM (SELECT sha256($1) AS h) AS hashed
$$;

INSERT INTO usage_summary
SELECT grain, starts_at,
    pg_temp.summary_key(
        pg_temp.summary_part(team_id) || pg_temp.summary_part(user_id) || pg_temp.summary_part(application_id) || pg_temp.summary_part(key_id) || pg_temp.summary_part(workload) || pg_temp.summary_part(lane)
        || pg_temp.summary_part(provider) || pg_temp.summary_part(model) || pg_temp.summary_part(outcome::text) || pg_temp.summary_part(funding::text)
        || pg_temp.summary_part(CASE WHEN priced THEN 'priced' ELSE 'unpriced' END)),
    team_id, user_id, application_id, key_id, workload, lane, provider, model, outcome, funding, priced,
    calls, records, input_tokens, cached_input_tokens, output_tokens, cost_nanos, retried_calls, retried_cost_nanos, small_calls, small_input_tokens, small_output_tokens
FROM (
    SELECT grain, starts_at, team_id, caller.user_id, caller.application_id, caller.key_id, workload, lane, provider, model, outcome, funding, priced,
        sum(calls)::bigint AS calls, sum(records)::bigint AS records,
        sum(input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens)::bigint AS input_tokens,
        sum(cached_input_tokens)::bigint AS cached_input_tokens, sum(output_tokens + reasoning_tokens)::bigint AS output_tokens, sum(cost_nanos)::bigint AS cost_nanos,
        sum(retried_calls)::bigint AS retried_calls, sum(retried_cost_nanos)::bigint AS retried_cost_nanos, sum(small_calls)::bigint AS small_calls,
        sum(small_input_tokens)::bigint AS small_input_tokens, sum(small_output_tokens)::bigint AS small_output_tokens
    FROM usage_rollup AS r,
        LATERAL (VALUES
            (1::smallint, date_bin('1 hour', quarter_hour, '2000-01-01Z'), '', '', ''),
            (4::smallint, date_bin('3 hours', quarter_hour, '2000-01-01Z'), '', '', ''),
            (2::smallint, date_bin('1 day', quarter_hour, '2000-01-01Z'), '', '', ''),
            (3::smallint, date_bin('1 day', quarter_hour, '2000-01-01Z'), r.user_id, r.application_id, r.key_id)
        ) AS caller (grain, starts_at, user_id, application_id, key_id)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13) AS summed;

-- What is told live is found by when it was recorded, which nearly follows the rows' own order.
CREATE INDEX usage_record_recorded ON usage_record USING brin (recorded_at) WITH (pages_per_range = 16, autosummarize = on);

-- A call's attempts. Gateways' call ids are in the order of time and lie close together, so ranges of pages are index enough; where an attempt is the call, the
-- attempt's index finds it.
CREATE INDEX usage_record_call ON usage_record USING brin (call_id uuid_minmax_multi_ops) WITH (pages_per_range = 16, autosummarize = on)
    WHERE call_id <> attempt_id;
