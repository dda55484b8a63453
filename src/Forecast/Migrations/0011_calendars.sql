-- Days on which is spent otherwise than usual, change by change: of a team (empty: the organisation) the newest counts; a team without one of its own has the organisation's.
CREATE TABLE forecast_calendar (
    number        bigint      PRIMARY KEY CHECK (number > 0),
    team_id       text        NOT NULL,
    -- False: the team has none of its own from here on; of the organisation: nobody has one that is not a team's own.
    active        boolean     NOT NULL,
    holidays_on   boolean     NOT NULL,
    month_ends_on boolean     NOT NULL,
    -- Ascending, with their names beside them.
    days          date[]      NOT NULL CHECK (cardinality(days) <= 400),
    names         text[]      NOT NULL CHECK (cardinality(names) = cardinality(days)),
    note          text        NOT NULL CHECK (length(note) <= 1000),
    changed_at    timestamptz NOT NULL,
    changed_by    text        NOT NULL
);

CREATE INDEX forecast_calendar_of ON forecast_calendar (team_id, number DESC);
CREATE TRIGGER forecast_calendar_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON forecast_calendar FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The newest change of calendars that a version was made with; 0: none.
ALTER TABLE forecast_version
    ADD COLUMN calendar bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT forecast_version_reason_check,
    ADD CONSTRAINT forecast_version_reason_check
        CHECK (reason IN ('daily', 'plan_change', 'policy_change', 'calendar_change', 'usage_change', 'on_demand', 'scenario'));
