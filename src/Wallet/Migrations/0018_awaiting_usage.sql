-- Corrections that came before what they correct. They wait here and not with the broker, where each keeps a place from what can be posted (docs/decisions/0210).
CREATE TABLE awaiting_usage (
    record_id   uuid        PRIMARY KEY,
    -- They are tried in the order in which they came.
    awaiting_id bigint      GENERATED ALWAYS AS IDENTITY,
    -- As it came: one item of UsageMetered.
    item        json        NOT NULL,
    why         text        NOT NULL,
    recorded_at timestamptz NOT NULL,
    try_at      timestamptz NOT NULL
);

CREATE INDEX awaiting_usage_due ON awaiting_usage (try_at);
