-- What lies here for a moment is sent on as it was written. jsonb takes every event apart and puts it together again, numbers by way of decimals, which nobody who waits for it needs.
ALTER TABLE outbox ALTER COLUMN body TYPE json USING body::json;
ALTER TABLE outbox ALTER COLUMN body SET STORAGE EXTERNAL;
