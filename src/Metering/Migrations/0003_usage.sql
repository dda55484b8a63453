-- Usage records: append only. record_id is derived from (source, event_id), so its primary key is what refuses a duplicate
-- (docs/decisions/0011).
CREATE TABLE usage_record (
    record_id          uuid        PRIMARY KEY,
    recorded_at        timestamptz NOT NULL,
    occurred_at        timestamptz NOT NULL,
    attempt_id         uuid        NOT NULL,
    call_id            uuid        NOT NULL,
    corrects_record_id uuid        NULL REFERENCES usage_record (record_id),
    -- A row of price; no foreign key, because its check would lock one price row from every batch, and prices are never deleted.
    price_id           bigint      NULL,
    input_tokens       bigint      NOT NULL,
    cached_input_tokens bigint     NOT NULL,
    cache_write_tokens bigint      NOT NULL,
    output_tokens      bigint      NOT NULL,
    reasoning_tokens   bigint      NOT NULL,
    -- All present, or all absent while unpriced.
    input_nanos        bigint      NULL,
    cached_input_nanos bigint      NULL,
    cache_write_nanos  bigint      NULL,
    output_nanos       bigint      NULL,
    reasoning_nanos    bigint      NULL,
    request_nanos      bigint      NULL,
    cost_nanos         bigint      NULL,
    gateway_ms         bigint      NOT NULL,
    first_token_ms     bigint      NOT NULL,
    total_ms           bigint      NOT NULL,
    attempt_number     int         NOT NULL,
    -- Numbers of platform.metering.v1.Funding and Outcome.
    funding            smallint    NOT NULL CHECK (funding BETWEEN 1 AND 3),
    outcome            smallint    NOT NULL CHECK (outcome BETWEEN 1 AND 4),
    fallback           boolean     NOT NULL,
    source             text        NOT NULL,
    event_id           text        NOT NULL,
    team_id            text        NOT NULL,
    user_id            text        NOT NULL,
    key_id             text        NOT NULL,
    workload           text        NOT NULL,
    lane               text        NOT NULL,
    provider           text        NOT NULL,
    model_asked        text        NOT NULL,
    model_served       text        NOT NULL,
    route_reason       text        NOT NULL,
    traceparent        text        NOT NULL,
    upstream_key       text        NOT NULL,
    currency           text        NOT NULL,
    tags               jsonb       NULL,
    CHECK (num_nulls(price_id, input_nanos, cached_input_nanos, cache_write_nanos, output_nanos, reasoning_nanos, request_nanos, cost_nanos) IN (0, 8)),
    CHECK (cost_nanos IS NULL
        OR cost_nanos = input_nanos + cached_input_nanos + cache_write_nanos + output_nanos + reasoning_nanos + request_nanos),
    CHECK (corrects_record_id IS NOT NULL
        OR least(input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens) >= 0)
);

CREATE INDEX usage_record_occurred ON usage_record (occurred_at, record_id);
CREATE INDEX usage_record_team ON usage_record (team_id, occurred_at, record_id);
-- An attempt is recorded once, whoever tells of it; what follows are corrections.
CREATE UNIQUE INDEX usage_record_once ON usage_record (attempt_id) WHERE corrects_record_id IS NULL;
CREATE INDEX usage_record_corrections ON usage_record (corrects_record_id) WHERE corrects_record_id IS NOT NULL;
CREATE INDEX usage_record_attempt ON usage_record (attempt_id, record_id);

-- Sums kept in the intake's own transaction, by quarter hour, so that the days of every time zone add up.
CREATE TABLE usage_rollup (
    quarter_hour        timestamptz NOT NULL CHECK (extract(epoch FROM quarter_hour)::bigint % 900 = 0),
    -- Hash of the dimensions below: a key of fixed size, whatever the length of their names.
    dimensions_key      uuid        NOT NULL,
    team_id             text        NOT NULL,
    key_id              text        NOT NULL,
    workload            text        NOT NULL,
    lane                text        NOT NULL,
    provider            text        NOT NULL,
    model               text        NOT NULL,
    outcome             smallint    NOT NULL,
    funding             smallint    NOT NULL,
    priced              boolean     NOT NULL,
    -- Corrections are records, not calls.
    calls               bigint      NOT NULL,
    records             bigint      NOT NULL,
    input_tokens        bigint      NOT NULL,
    cached_input_tokens bigint      NOT NULL,
    cache_write_tokens  bigint      NOT NULL,
    output_tokens       bigint      NOT NULL,
    reasoning_tokens    bigint      NOT NULL,
    cost_nanos          bigint      NOT NULL CHECK (priced OR cost_nanos = 0),
    PRIMARY KEY (quarter_hour, dimensions_key)
);

CREATE INDEX usage_rollup_team ON usage_rollup (team_id, quarter_hour);

-- One row: the latest moment that a reader has closed. The intake records nothing at or before it.
CREATE TABLE usage_watermark (
    single       boolean     PRIMARY KEY DEFAULT true CHECK (single),
    closed_until timestamptz NOT NULL
);

INSERT INTO usage_watermark (closed_until) VALUES ('2000-01-01T00:00:00Z');
