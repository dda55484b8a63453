-- Holds are written in groups by the service, which decides them itself: the functions that decided in the database go.
DROP FUNCTION hold_create(uuid, uuid, text, bigint, text, boolean, timestamptz, jsonb, text, timestamptz, timestamptz);
DROP FUNCTION hold_apply(
    uuid, smallint, bigint, bigint, smallint, bigint, bigint, text, timestamptz, timestamptz, uuid[], smallint[], smallint[], smallint[], bigint[], text,
    timestamptz);

ALTER TABLE hold
    -- The context as platform.wallet.v1.AttemptContext in protobuf's own bytes; null in rows from before, whose context is JSON.
    ADD COLUMN context_proto bytea NULL,
    ALTER COLUMN context DROP NOT NULL,
    ALTER COLUMN context DROP DEFAULT,
    -- Room on the row's own page for the report and for the end: an update there touches no index.
    SET (fillfactor = 70);

-- From now on expires_at says when time ends a hold in any state: a pending one returns to available, a sent one without a report goes to suspense. It stays as
-- it is when the hold is reported (nothing looks at it then), so that a report changes no indexed column.
UPDATE hold SET expires_at = sent_at + interval '900 seconds' WHERE state = 2;

DROP INDEX hold_open;
DROP INDEX hold_expiry;
DROP INDEX hold_unreported;
CREATE INDEX hold_open ON hold (expires_at) WHERE ended_at IS NULL;

-- What a refused attempt was answered (HoldOutcome): so is its repeat. All so far were refused for lack of funds.
ALTER TABLE denied_attempt ADD COLUMN outcome smallint NOT NULL DEFAULT 6;
ALTER TABLE denied_attempt ALTER COLUMN outcome DROP DEFAULT;
