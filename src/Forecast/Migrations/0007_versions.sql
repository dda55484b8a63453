-- What imports brought, so that the share of it in a history is known without reading all usage.
CREATE INDEX usage_quarter_imported ON usage_quarter (team_id, quarter_start) INCLUDE (cost_nanos) WHERE funding = 'history';

-- Policies that were applied are looked for every ten seconds.
CREATE INDEX control_event_policy ON control_event (recorded_at) WHERE kind = 'policy';

-- Published forecasts. Nothing of them ever changes, and all are kept: 0.35 MB each for fifty teams.
CREATE TABLE forecast_version (
    version       bigint      PRIMARY KEY CHECK (version > 0),
    -- The moment that it looks ahead from, and was published at.
    as_of         timestamptz NOT NULL,
    published_by  text        NOT NULL,
    reason        text        NOT NULL CHECK (reason IN ('daily', 'plan_change', 'policy_change', 'usage_change', 'on_demand', 'scenario')),
    description   text        NOT NULL,
    scenario_id   text        NULL CHECK ((scenario_id IS NOT NULL) = (reason = 'scenario')),
    engine        text        NOT NULL,
    seed          bigint      NOT NULL,
    time_zone     text        NOT NULL,
    currency      text        NOT NULL,
    -- Teams whose history was too short for a projection of their own.
    too_short     text[]      NOT NULL,
    -- What it was made from: the plan's digest, how many routing policies had been applied, how often days that are over had changed.
    plan_digest   text        NOT NULL,
    policies      bigint      NOT NULL,
    settled       bigint      NOT NULL
);

CREATE INDEX forecast_version_of ON forecast_version (as_of);
CREATE UNIQUE INDEX forecast_version_daily ON forecast_version (((as_of AT TIME ZONE 'UTC')::date)) WHERE reason = 'daily';

-- What a version says of a day, a sum of days or a calendar period ahead; days are those of its time zone, half open.
CREATE TABLE forecast_figure (
    version        bigint   NOT NULL REFERENCES forecast_version,
    -- Empty: the organisation.
    team_id        text     NOT NULL,
    kind           text     NOT NULL CHECK (kind IN ('day', 'days', 'month', 'quarter', 'twelve_months')),
    from_day       date     NOT NULL,
    to_day         date     NOT NULL CHECK (to_day > from_day),
    -- Nano-units, five each of baseline, control, planned, resilience and total: to date, expected, P10, P50, P90.
    figures        bigint[] NOT NULL CHECK (cardinality(figures) = 25),
    -- What simple rules said of the total.
    run_rate       bigint   NOT NULL,
    seasonal_naive bigint   NOT NULL,
    PRIMARY KEY (version, team_id, kind, from_day, to_day)
);

-- The plan that a version rests on: what its planned layer is judged by.
CREATE TABLE forecast_version_plan (
    version     bigint  NOT NULL REFERENCES forecast_version,
    plan_id     text    NOT NULL,
    team_id     text    NOT NULL,
    workload    text    NOT NULL,
    lane        text    NOT NULL,
    starts_on   date    NOT NULL,
    ends_on     date    NULL,
    -- It had been seen in its segment already.
    launched    boolean NOT NULL,
    -- What the segment had cost a day over the four weeks before.
    level_nanos bigint  NOT NULL,
    PRIMARY KEY (version, plan_id)
);

-- What came on a day, as it stood when the day was counted: three days after its end at the earliest. Later corrections are in no score.
CREATE TABLE forecast_actual_day (
    day        date        PRIMARY KEY,
    counted_at timestamptz NOT NULL
);

CREATE TABLE forecast_actual (
    day              date   NOT NULL REFERENCES forecast_actual_day,
    team_id          text   NOT NULL,
    workload         text   NOT NULL,
    lane             text   NOT NULL,
    cost_nanos       bigint NOT NULL,
    control_nanos    bigint NOT NULL,
    resilience_nanos bigint NOT NULL,
    PRIMARY KEY (day, team_id, workload, lane)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;

CREATE TRIGGER forecast_version_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON forecast_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER forecast_figure_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON forecast_figure FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER forecast_version_plan_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON forecast_version_plan FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER forecast_actual_day_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON forecast_actual_day FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER forecast_actual_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON forecast_actual FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Versions say themselves whether there was one.
ALTER TABLE forecast_publication DROP COLUMN is_complete;
