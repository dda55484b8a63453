-- Work whose key, with its team and its user, is refused asks nobody while that lasts: gateways know from the directory when it is over.
ALTER TABLE batch
    -- While unfunded_until is set. A version of before leaves it as it is, and asks by time.
    ADD COLUMN awaits_key boolean NOT NULL DEFAULT false;

CREATE INDEX batch_awaits_key ON batch (key_id) WHERE awaits_key AND ended_at IS NULL;
