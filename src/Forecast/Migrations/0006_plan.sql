-- Planned demand. Dates are days of the calendar that is asked in; money is priced when it is asked for.
CREATE TABLE plan_item (
    plan_id         text        PRIMARY KEY,
    name            text        NOT NULL,
    team_id         text        NOT NULL,
    workload        text        NOT NULL,
    lane            text        NOT NULL,
    provider        text        NOT NULL,
    model           text        NOT NULL,
    starts_on       date        NOT NULL,
    ramp_days       int         NOT NULL CHECK (ramp_days BETWEEN 0 AND 400),
    calls_per_day   bigint      NOT NULL CHECK (calls_per_day > 0),
    input_tokens    bigint      NOT NULL CHECK (input_tokens >= 0),
    output_tokens   bigint      NOT NULL CHECK (output_tokens >= 0),
    probability_ppm int         NOT NULL CHECK (probability_ppm BETWEEN 1 AND 1000000),
    spread_ppm      int         NOT NULL CHECK (spread_ppm BETWEEN 0 AND 9000000),
    ends_on         date        NULL CHECK (ends_on > starts_on),
    owner           text        NOT NULL,
    note            text        NOT NULL,
    active          boolean     NOT NULL,
    changed_at      timestamptz NOT NULL,
    changed_by      text        NOT NULL
);

CREATE INDEX plan_item_of ON plan_item (team_id, starts_on);
