-- An event of many items lies here for a moment only: compressing it would cost more than the disk that it saves.
ALTER TABLE outbox ALTER COLUMN body SET STORAGE EXTERNAL;
