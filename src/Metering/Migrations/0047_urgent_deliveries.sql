-- The alert's own, so that a channel's most severe is found without reading all that it owes. A service of before, which names none, owes warnings.
ALTER TABLE alert_delivery ADD COLUMN severity smallint NOT NULL DEFAULT 2 CHECK (severity BETWEEN 1 AND 3);

UPDATE alert_delivery d SET severity = a.severity FROM alert a WHERE a.alert_id = d.alert_id AND d.state = 1;

DROP INDEX alert_delivery_due;
CREATE INDEX alert_delivery_due ON alert_delivery (channel_id, severity DESC, next_attempt_at) WHERE state = 1;
