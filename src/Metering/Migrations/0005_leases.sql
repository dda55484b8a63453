-- How an attempt through a gateway was funded, as its gateway told it, and which application called.
ALTER TABLE usage_record
    ADD COLUMN lease_id       uuid   NULL,
    ADD COLUMN bound_nanos    bigint NOT NULL DEFAULT 0 CHECK (bound_nanos >= 0),
    ADD COLUMN application_id text   NOT NULL DEFAULT '';
