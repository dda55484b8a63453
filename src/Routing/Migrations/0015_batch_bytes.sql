-- How much work a team may have waiting is bounded, in items and in bytes.
ALTER TABLE batch
    -- Of its items' requests, as they were handed in.
    ADD COLUMN bytes bigint NOT NULL DEFAULT 0 CONSTRAINT batch_has_a_size CHECK (bytes >= 0);
UPDATE batch b SET bytes = waiting.bytes
FROM (SELECT i.batch_id, sum(octet_length(i.body)) AS bytes FROM batch_item i JOIN batch o USING (batch_id) WHERE o.ended_at IS NULL GROUP BY i.batch_id) waiting
WHERE b.batch_id = waiting.batch_id;
