-- A try that a rate limit of the policy refused was no attempt: it is not counted against the item. And until when a provider may go on refusing one.
ALTER TABLE batch_item
    -- Those of its tries in which nothing was sent, since a rate limit was full.
    ADD COLUMN limited_tries int         NOT NULL DEFAULT 0,
    -- When the last window closes in which it may wait for who refuses it; null: it was not refused yet.
    ADD COLUMN refused_until timestamptz NULL;
