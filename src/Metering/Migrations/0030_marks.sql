-- What a wallet let an attempt through by though it could not cover it: a number of platform.metering.v1.Mark. Null for nearly all.
ALTER TABLE usage_record ADD COLUMN mark smallint NULL CHECK (mark IN (1, 2));

-- Marked usage is few, and no roll-up knows it: its lists and sums are read from here.
CREATE INDEX usage_record_marked ON usage_record (occurred_at, record_id) WHERE mark IS NOT NULL;

-- What the refused call was for, as its usage would have said; null for none, and for what was refused before tags were kept.
ALTER TABLE denied_demand ADD COLUMN tags jsonb NULL;
