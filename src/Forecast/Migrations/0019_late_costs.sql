-- What a version knew of days that had been counted before: it is in what the version's month and quarter have cost so far, and so in what these versions are judged by. The first version that had it.
CREATE TABLE forecast_late (
    version    bigint NOT NULL REFERENCES forecast_version,
    team_id    text   NOT NULL,
    day        date   NOT NULL REFERENCES forecast_actual_day,
    -- Usage and money without tokens, beyond what was counted and what versions before it had; below zero where money was given back.
    cost_nanos bigint NOT NULL CHECK (cost_nanos <> 0),
    PRIMARY KEY (version, team_id, day)
);

CREATE INDEX forecast_late_day ON forecast_late (day);

CREATE TRIGGER forecast_late_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON forecast_late FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
