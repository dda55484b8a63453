-- What the calls of a batch are tagged with: names and values, as usage records carry them.
ALTER TABLE batch ADD COLUMN tags jsonb NOT NULL DEFAULT '{}';
