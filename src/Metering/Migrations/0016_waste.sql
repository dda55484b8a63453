-- What the waste report reads record by record: answers that nobody waited for, and a few records as evidence.
ALTER TABLE usage_record ADD COLUMN undelivered_ppm int NOT NULL DEFAULT 0 CHECK (undelivered_ppm BETWEEN 0 AND 1000000);

-- Few beside the rest, so they cost an intake nearly nothing.
CREATE INDEX usage_record_not_succeeded ON usage_record (occurred_at) WHERE outcome <> 1;
CREATE INDEX usage_record_retried ON usage_record (occurred_at) WHERE attempt_number > 1 OR fallback OR retry_of IS NOT NULL;
