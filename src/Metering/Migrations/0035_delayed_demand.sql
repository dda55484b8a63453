-- Attempts that had to wait, and were let through then, stand beside those that were refused: how long they waited. What was kept before this column was refused.
ALTER TABLE denied_demand ADD COLUMN delayed_ms bigint NOT NULL DEFAULT 0 CHECK (delayed_ms >= 0);
