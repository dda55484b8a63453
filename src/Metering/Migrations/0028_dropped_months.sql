-- What retention has dropped, so that a question about it is refused rather than answered with less (docs/decisions/0109). One row a month that had records.
CREATE TABLE usage_dropped (
    -- Of occurrence, half open.
    starts_at        timestamptz PRIMARY KEY,
    ends_at          timestamptz NOT NULL CHECK (ends_at > starts_at),
    -- The latest of its records: who asks only for what was recorded later misses nothing.
    last_recorded_at timestamptz NOT NULL,
    -- When the last of its records was booked.
    last_booked_at   timestamptz NOT NULL
);

-- Months that were dropped before this table, as one: they may have been recorded until now, and roll-ups, which stay, say what was booked later.
INSERT INTO usage_dropped (starts_at, ends_at, last_recorded_at, last_booked_at)
SELECT '2000-01-01T00:00:00Z', kept_from, now(), greatest(kept_from, (SELECT max(booked_at) FROM usage_rollup WHERE quarter_hour < kept_from))
FROM usage_watermark WHERE kept_from > '2000-01-01T00:00:00Z';
