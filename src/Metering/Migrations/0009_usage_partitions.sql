-- Records by month of occurrence, so that old ones go by dropping a partition, and who they are apart from them, so that an event is known for ever
-- (docs/decisions/0044).

-- One row an event that was ever accepted. Unique over all months.
CREATE TABLE usage_identity (
    -- Derived from (source, event_id): src/Metering/Intake/DerivedId.cs.
    identity_key  uuid        PRIMARY KEY,
    attempt_id    uuid        NOT NULL,
    -- Of the record, and so its partition.
    occurred_at   timestamptz NOT NULL,
    cost_nanos    bigint      NULL,
    is_correction boolean     NOT NULL,
    -- The record's id where it is not the key: of records from before this table.
    record_id     uuid        NULL CHECK (record_id <> identity_key)
);

ALTER TABLE usage_record DROP CONSTRAINT usage_record_corrects_record_id_fkey;
ALTER TABLE usage_record RENAME TO usage_record_whole;
DROP INDEX usage_record_occurred, usage_record_team, usage_record_once, usage_record_corrections, usage_record_attempt, usage_record_unpriced;

-- Wide fixed columns first: nothing is lost between them.
CREATE TABLE usage_record (
    recorded_at             timestamptz NOT NULL,
    occurred_at             timestamptz NOT NULL,
    -- A row of price; no foreign key, because its check would lock one price row from every batch, and prices are never deleted.
    price_id                bigint      NULL,
    input_tokens            bigint      NOT NULL,
    cached_input_tokens     bigint      NOT NULL,
    cache_write_tokens      bigint      NOT NULL,
    cache_write_hour_tokens bigint      NOT NULL,
    output_tokens           bigint      NOT NULL,
    reasoning_tokens        bigint      NOT NULL,
    -- All present, or all absent while unpriced; but the hour's cache is absent in records of before that column, whose cost has none of it.
    input_nanos             bigint      NULL,
    cached_input_nanos      bigint      NULL,
    cache_write_nanos       bigint      NULL,
    cache_write_hour_nanos  bigint      NULL,
    output_nanos            bigint      NULL,
    reasoning_nanos         bigint      NULL,
    request_nanos           bigint      NULL,
    cost_nanos              bigint      NULL,
    -- What was set aside for the attempt in its lease.
    bound_nanos             bigint      NOT NULL CHECK (bound_nanos >= 0),
    gateway_ms              bigint      NOT NULL,
    first_token_ms          bigint      NOT NULL,
    total_ms                bigint      NOT NULL,
    record_id               uuid        NOT NULL,
    attempt_id              uuid        NOT NULL,
    call_id                 uuid        NOT NULL,
    corrects_record_id      uuid        NULL,
    -- The lease that the attempt was drawn from.
    lease_id                uuid        NULL,
    -- The attempt that this one repeats; null for none.
    retry_of                uuid        NULL,
    attempt_number          int         NOT NULL,
    -- Numbers of platform.metering.v1.Funding and Outcome.
    funding                 smallint    NOT NULL CHECK (funding BETWEEN 1 AND 3),
    outcome                 smallint    NOT NULL CHECK (outcome BETWEEN 1 AND 4),
    fallback                boolean     NOT NULL,
    source                  text        NOT NULL,
    event_id                text        NOT NULL,
    team_id                 text        NOT NULL,
    user_id                 text        NOT NULL,
    application_id          text        NOT NULL,
    key_id                  text        NOT NULL,
    workload                text        NOT NULL,
    lane                    text        NOT NULL,
    provider                text        NOT NULL,
    model_asked             text        NOT NULL,
    model_served            text        NOT NULL,
    service_tier            text        NOT NULL,
    region                  text        NOT NULL,
    route_policy            text        NOT NULL,
    route_reason            text        NOT NULL,
    traceparent             text        NOT NULL,
    upstream_key            text        NOT NULL,
    currency                text        NOT NULL,
    -- Hash of the request's normalised content, never the content; null when unknown.
    prompt_hash             bytea       NULL CHECK (octet_length(prompt_hash) IN (16, 32)),
    tags                    jsonb       NULL,
    CONSTRAINT usage_record_is_priced_whole CHECK (
        num_nulls(price_id, input_nanos, cached_input_nanos, cache_write_nanos, output_nanos, reasoning_nanos, request_nanos, cost_nanos) IN (0, 8)),
    CONSTRAINT usage_record_cost_adds_up CHECK (cost_nanos IS NULL OR cost_nanos =
        input_nanos + cached_input_nanos + cache_write_nanos + coalesce(cache_write_hour_nanos, 0) + output_nanos + reasoning_nanos + request_nanos),
    CONSTRAINT usage_record_tokens_are_counts CHECK (corrects_record_id IS NOT NULL
        OR least(input_tokens, cached_input_tokens, cache_write_tokens, cache_write_hour_tokens, output_tokens, reasoning_tokens) >= 0)
) PARTITION BY RANGE (occurred_at);

-- A record by its id is found through usage_identity.
CREATE INDEX usage_record_occurred ON usage_record (occurred_at);
CREATE INDEX usage_record_team ON usage_record (team_id, occurred_at);
CREATE INDEX usage_record_attempt ON usage_record (attempt_id);
CREATE INDEX usage_record_corrections ON usage_record (corrects_record_id) WHERE corrects_record_id IS NOT NULL;
-- What waits for a price is few or an alarm; listing it must not read all the rest.
CREATE INDEX usage_record_unpriced ON usage_record (provider, model_served) WHERE cost_nanos IS NULL;

-- What occurred before is no longer kept, and is not taken in any more.
ALTER TABLE usage_watermark ADD COLUMN kept_from timestamptz NOT NULL DEFAULT '2000-01-01T00:00:00Z';

-- Makes the partition of a month where it is missing and may still be filled. Attached rather than created in place, so that no reader is waited for.
CREATE FUNCTION usage_record_partition(month timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := to_char(month AT TIME ZONE 'UTC', '"usage_record_"YYYY_MM');
    next timestamptz := (month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC';
BEGIN
    PERFORM pg_advisory_xact_lock(82825445725268);
    IF to_regclass(name) IS NULL AND next > (SELECT kept_from FROM usage_watermark) THEN
        EXECUTE format('CREATE TABLE %I (LIKE usage_record INCLUDING ALL)', name);
        EXECUTE format('ALTER TABLE usage_record ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, month, next);
    END IF;
END $$;

SELECT usage_record_partition(month)
FROM (SELECT DISTINCT date_trunc('month', occurred_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS month FROM usage_record_whole) AS filled
ORDER BY month;

INSERT INTO usage_record
SELECT recorded_at, occurred_at, price_id, input_tokens, cached_input_tokens, cache_write_tokens, cache_write_hour_tokens, output_tokens, reasoning_tokens,
    input_nanos, cached_input_nanos, cache_write_nanos, cache_write_hour_nanos, output_nanos, reasoning_nanos, request_nanos, cost_nanos, bound_nanos,
    gateway_ms, first_token_ms, total_ms, record_id, attempt_id, call_id, corrects_record_id, lease_id, retry_of, attempt_number, funding, outcome, fallback,
    source, event_id, team_id, user_id, application_id, key_id, workload, lane, provider, model_asked, model_served, service_tier, region, route_policy,
    route_reason, traceparent, upstream_key, currency, prompt_hash, tags
FROM usage_record_whole;

-- The key of an event whose id is a UUID of version 7 begins with that id's time; any other's is the record's id.
INSERT INTO usage_identity (identity_key, attempt_id, occurred_at, cost_nanos, is_correction, record_id)
SELECT identity_key, attempt_id, occurred_at, cost_nanos, is_correction, nullif(record_id, identity_key)
FROM (
    SELECT record_id, attempt_id, occurred_at, cost_nanos, corrects_record_id IS NOT NULL AS is_correction,
        CASE
            WHEN event_id ~ '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-7[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$'
            THEN (left(replace(lower(event_id), '-', ''), 12) || right(replace(record_id::text, '-', ''), 20))::uuid
            ELSE record_id
        END AS identity_key
    FROM usage_record_whole) AS old
ORDER BY identity_key;

-- An attempt is recorded once, whoever tells of it; what follows are corrections.
CREATE UNIQUE INDEX usage_identity_attempt ON usage_identity (attempt_id) WHERE NOT is_correction;
CREATE UNIQUE INDEX usage_identity_record ON usage_identity (record_id) WHERE record_id IS NOT NULL;

DROP TABLE usage_record_whole;
