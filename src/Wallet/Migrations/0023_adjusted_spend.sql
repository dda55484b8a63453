-- What of a wallet's spent was moved by money without tokens, such as a credit note: it says nothing of a pace, so burn rates leave it out (docs/decisions/0236). What was posted before
-- this migration is not known as such.
CREATE TABLE adjusted_spend (
    record_id   uuid        NOT NULL,
    wallet_id   text        NOT NULL,
    -- Below 0 for what was given back.
    nanos       bigint      NOT NULL,
    -- That of its transfers.
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (record_id, wallet_id)
);

-- Few rows: burn rates ask for those of the last 30 days.
CREATE INDEX adjusted_spend_recorded ON adjusted_spend (recorded_at);
