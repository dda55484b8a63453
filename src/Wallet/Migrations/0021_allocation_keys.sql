-- The idempotency key that an allocation was planned with. Answers are forgotten by age, a monthly allocation goes on: the key says for good what it has planned, and plans it no second time.
-- Null: made at once, where the transfer has the key, or planned before this column with an answer that is forgotten.
ALTER TABLE allocation ADD COLUMN idempotency_key text NULL;

-- Of those planned before, the answers that are still kept tell the keys: each begins with its allocation's id, field 1 of 36 characters.
UPDATE allocation a SET idempotency_key = i.idempotency_key FROM idempotency i
WHERE i.operation = 'PlanAllocation' AND substring(i.response FROM 1 FOR 38) = '\x0a24'::bytea || convert_to(a.allocation_id::text, 'UTF8');

CREATE UNIQUE INDEX allocation_idempotency_key ON allocation (idempotency_key) WHERE idempotency_key IS NOT NULL;
