-- A batch is deleted in portions, and nobody is to see a part of it.
ALTER TABLE batch
    -- Since when it is being deleted: it is there for nobody any more.
    ADD COLUMN deleted_at timestamptz NULL;
CREATE INDEX batch_deleted ON batch (batch_id) WHERE deleted_at IS NOT NULL;
