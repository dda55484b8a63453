-- Closed months. What occurred in one and is recorded after its close is booked at the first open moment, so that what finance has booked does not move
-- (docs/decisions/0042).
CREATE TABLE usage_period (
    period           text        PRIMARY KEY CHECK (period ~ '^[0-9]{4}-[0-9]{2}$'),
    time_zone        text        NOT NULL,
    starts_at        timestamptz NOT NULL,
    ends_at          timestamptz NOT NULL CHECK (ends_at > starts_at),
    closed_at        timestamptz NOT NULL,
    closed_by        text        NOT NULL,
    -- As booked at the close.
    calls            bigint      NOT NULL,
    cost_nanos       bigint      NOT NULL,
    late_cost_nanos  bigint      NOT NULL,
    unpriced_records bigint      NOT NULL,
    UNIQUE (starts_at)
);

-- Where the first open month begins. Raised under the lock that every intake shares, so that each intake is wholly before or wholly after a close.
ALTER TABLE usage_watermark ADD COLUMN open_from timestamptz NOT NULL DEFAULT '2000-01-01T00:00:00Z';

-- Null: when it occurred. Else the moment of an open month at which it was booked.
ALTER TABLE usage_record ADD COLUMN booked_at timestamptz NULL CHECK (booked_at > occurred_at);
ALTER TABLE usage_rollup ADD COLUMN booked_at timestamptz NULL;
ALTER TABLE usage_summary ADD COLUMN booked_at timestamptz NULL;

CREATE INDEX usage_record_booked ON usage_record (booked_at) WHERE booked_at IS NOT NULL;
CREATE INDEX usage_rollup_booked ON usage_rollup (booked_at) WHERE booked_at IS NOT NULL;
CREATE INDEX usage_summary_booked ON usage_summary (booked_at) WHERE booked_at IS NOT NULL;
