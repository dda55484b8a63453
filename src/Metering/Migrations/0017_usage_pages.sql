-- Pages are ordered to the record: many records may share a moment, as in an import by day, and a page must cost the same however many.
DROP INDEX usage_record_occurred, usage_record_team;
CREATE INDEX usage_record_occurred ON usage_record (occurred_at, record_id);
CREATE INDEX usage_record_team ON usage_record (team_id, occurred_at, record_id);
