-- Calls that were refused unread are told by the minute: a row may stand for many. What was kept before this column was one each.
ALTER TABLE denied_demand ADD COLUMN attempts bigint NOT NULL DEFAULT 1 CHECK (attempts > 0);
