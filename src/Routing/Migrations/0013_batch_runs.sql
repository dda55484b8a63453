-- The id of a batch that was handed in under an idempotency key follows from the key, so it comes back with the key when the batch has been deleted. What runs then must not have the attempts of what ran before.
ALTER TABLE batch
    -- The ids of its items' attempts follow from it.
    ADD COLUMN run_id uuid NULL;
-- Those of before follow from the batch's own id, and may have been told.
UPDATE batch SET run_id = batch_id;
ALTER TABLE batch
    ALTER COLUMN run_id SET DEFAULT gen_random_uuid(),
    ALTER COLUMN run_id SET NOT NULL;

-- Ids of deleted batches that follow from an idempotency key: what the key asked for has been run.
CREATE TABLE deleted_batch (
    batch_id    uuid        PRIMARY KEY,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX deleted_batch_recorded_at ON deleted_batch (recorded_at);
