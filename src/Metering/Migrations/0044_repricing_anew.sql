-- Work under way of a version that looked for records and for their corrections apart, each by its own time: where its cursor stood between the two, the record has the new price and its correction the old one.
-- It looks at all of its time once more, for records with their corrections (docs/decisions/0013); what it has corrected already is not corrected twice.
UPDATE repricing SET done_until = NULL, done_record = NULL WHERE ended_at IS NULL AND done_until IS NOT NULL;
