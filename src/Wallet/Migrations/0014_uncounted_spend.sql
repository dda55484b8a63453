-- What was spent in the period in which a cap began to count, and the cap does not know: its limit is lower by it until that period ends. Null: it was never said.
ALTER TABLE cap ADD COLUMN uncounted bigint NOT NULL DEFAULT 0 CHECK (uncounted >= 0);
ALTER TABLE cap ADD COLUMN uncounted_until timestamptz NULL;
