-- Usage by day of UTC: what segments (team × workload × lane) are forecast from, as years of quarter hours are too many to read for an answer. The same figures as in
-- usage_quarter, added in the same transaction.
CREATE TABLE usage_day (
    team_id        text   NOT NULL,
    workload       text   NOT NULL,
    lane           text   NOT NULL,
    day            date   NOT NULL,
    provider       text   NOT NULL,
    model          text   NOT NULL,
    cost_nanos     bigint NOT NULL,
    calls          bigint NOT NULL,
    unpriced_calls bigint NOT NULL,
    input_tokens   bigint NOT NULL,
    output_tokens  bigint NOT NULL,
    PRIMARY KEY (team_id, workload, lane, day, provider, model)
);

CREATE INDEX usage_day_of ON usage_day (day);

INSERT INTO usage_day
SELECT team_id, workload, lane, (quarter_start AT TIME ZONE 'UTC')::date, provider, model,
       sum(cost_nanos), sum(calls), sum(unpriced_calls), sum(input_tokens), sum(output_tokens)
FROM usage_quarter
GROUP BY 1, 2, 3, 4, 5, 6;

-- Counts the batches that changed a team's series, so that what was made of them is made again only when they changed.
CREATE TABLE series_version (
    team_id text   PRIMARY KEY,
    -- Any change.
    version bigint NOT NULL,
    -- Changes of days of UTC that were over, or as good as over.
    settled bigint NOT NULL
);

INSERT INTO series_version SELECT DISTINCT team_id, 1, 1 FROM usage_quarter;
