-- Who was refused, by the same dimensions as spend.
ALTER TABLE denied_demand
    -- Empty when unknown, as for what was refused before these columns.
    ADD COLUMN user_id        text NOT NULL DEFAULT '',
    ADD COLUMN application_id text NOT NULL DEFAULT '';

CREATE INDEX denied_demand_occurred ON denied_demand (occurred_at);
