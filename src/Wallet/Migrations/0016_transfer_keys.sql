-- The idempotency key that people's transfers were asked for with. Answers are forgotten by age, transfers never: the key says for good what it has moved, and moves it no second time.
-- Null: made by a call, whose attempt is its key, by the schedule, or before this column. A column without a default rewrites nothing, and the index has no entry for them.
ALTER TABLE transfer ADD COLUMN idempotency_key text NULL;

CREATE UNIQUE INDEX transfer_idempotency_key ON transfer (idempotency_key, kind) WHERE idempotency_key IS NOT NULL;
