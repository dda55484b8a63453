-- Who cancelled an allocation, and when; of those that were cancelled before, nobody knows.
ALTER TABLE allocation ADD COLUMN cancelled_by text NOT NULL DEFAULT '';
ALTER TABLE allocation ADD COLUMN cancelled_at timestamptz NULL;
ALTER TABLE allocation ADD CONSTRAINT allocation_is_cancelled_by_somebody CHECK (cancelled_at IS NULL OR state = 4);
