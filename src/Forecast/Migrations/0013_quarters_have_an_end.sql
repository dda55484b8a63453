-- Quarter hours are the days of other time zones than UTC, and are kept as long as these are looked back on (src/Forecast/Series/KeptQuarters.cs). What is asked in UTC, and of years, has days of
-- its own: usage has had them, and refused demand has them from here on.
CREATE TABLE denied_day (
    team_id         text   NOT NULL,
    workload        text   NOT NULL,
    lane            text   NOT NULL,
    day             date   NOT NULL,
    reason          text   NOT NULL,
    attempts        bigint NOT NULL CHECK (attempts > 0),
    estimated_nanos bigint NOT NULL CHECK (estimated_nanos >= 0),
    PRIMARY KEY (team_id, workload, lane, day, reason)
);

CREATE INDEX denied_day_of ON denied_day (day);

INSERT INTO denied_day
SELECT team_id, workload, lane, (quarter_start AT TIME ZONE 'UTC')::date, reason, sum(attempts), sum(estimated_nanos)
FROM denied_quarter
GROUP BY 1, 2, 3, 4, 5;

-- What was imported and touched no wallet.
ALTER TABLE usage_day ADD COLUMN history_cost_nanos bigint NOT NULL DEFAULT 0;

UPDATE usage_day AS total SET history_cost_nanos = known.nanos
FROM (
    SELECT team_id, workload, lane, (quarter_start AT TIME ZONE 'UTC')::date AS day, provider, model, sum(cost_nanos) AS nanos
    FROM usage_quarter WHERE funding = 'history' GROUP BY 1, 2, 3, 4, 5, 6) AS known
WHERE (total.team_id, total.workload, total.lane, total.day, total.provider, total.model)
    = (known.team_id, known.workload, known.lane, known.day, known.provider, known.model);

-- Of all teams together they are read, and forgotten, by time alone.
CREATE INDEX usage_quarter_at ON usage_quarter (quarter_start);
CREATE INDEX denied_quarter_at ON denied_quarter (quarter_start);

-- How often each of the last quarter hours of a team's series changed: less than all changes are those of what lies before the day that runs in a time zone.
CREATE TABLE series_quarter (
    quarter_start timestamptz NOT NULL,
    team_id       text        NOT NULL,
    changes       bigint      NOT NULL CHECK (changes > 0),
    PRIMARY KEY (quarter_start, team_id)
);

COMMENT ON COLUMN series_version.version IS 'Quarter hours that messages changed, each once a message.';
