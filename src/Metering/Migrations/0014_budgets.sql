-- Budgets: spend of a scope watched by calendar period. They tell; only a hard limit stops anything, as a cap in Wallet.
CREATE TABLE budget (
    budget_id         text        PRIMARY KEY,
    name              text        NOT NULL,
    -- Everything that has all of the named dimensions; an empty text names none. Scope, period and time zone never change.
    team_id           text        NOT NULL,
    user_id           text        NOT NULL,
    key_id            text        NOT NULL,
    provider          text        NOT NULL,
    model             text        NOT NULL,
    workload          text        NOT NULL,
    lane              text        NOT NULL,
    tag_key           text        NOT NULL,
    tag_value         text        NOT NULL CHECK ((tag_key = '') = (tag_value = '')),
    -- Numbers of platform.metering.v1.BudgetPeriod.
    period            smallint    NOT NULL CHECK (period BETWEEN 1 AND 5),
    time_zone         text        NOT NULL,
    amount_nanos      bigint      NOT NULL CHECK (amount_nanos > 0),
    -- Ascending, each once.
    actual_percents   int[]       NOT NULL,
    forecast_percents int[]       NOT NULL,
    rate_alerts       boolean     NOT NULL,
    hard_limit        boolean     NOT NULL,
    active            boolean     NOT NULL,
    -- Counts the changes that arm the thresholds again, and when the last one was: periods that had ended by then are not judged any more.
    version           int         NOT NULL CHECK (version > 0),
    armed_at          timestamptz NOT NULL,
    snoozed_until     timestamptz NULL,
    -- False until what was spent before it was set is in budget_hour; from then on every record is added as it comes.
    counted           boolean     NOT NULL,
    -- True: something other than spend happened that its thresholds are to be judged for.
    due               boolean     NOT NULL,
    -- Numbers of platform.metering.v1.CapState; the revision counts what Wallet was to be told.
    cap_state         smallint    NOT NULL CHECK (cap_state BETWEEN 1 AND 4),
    cap_revision      bigint      NOT NULL,
    cap_id            text        NOT NULL,
    cap_problem       text        NOT NULL,
    -- What was spent in the period before its limit became hard, which its cap does not count: the cap is lower by it until that period ends. Null: not known yet.
    cap_base_nanos    bigint      NOT NULL,
    cap_base_until    timestamptz NULL,
    created_at        timestamptz NOT NULL,
    changed_at        timestamptz NOT NULL,
    changed_by        text        NOT NULL
);

CREATE INDEX budget_caps_to_tell ON budget (budget_id) WHERE cap_state = 2;

-- What was spent in the scope, by hours counted from the beginning of each local day, so that every period of the budget's zone is a sum of whole rows.
CREATE TABLE budget_hour (
    budget_id   text        NOT NULL REFERENCES budget,
    hour        timestamptz NOT NULL,
    spent_nanos bigint      NOT NULL,
    PRIMARY KEY (budget_id, hour)
);

-- One row: records up to this moment are in budget_hour. It moves in the transaction that adds them.
CREATE TABLE budget_follower (
    single         boolean     PRIMARY KEY DEFAULT true CHECK (single),
    followed_until timestamptz NOT NULL
);

INSERT INTO budget_follower (followed_until) VALUES ('2000-01-01T00:00:00Z');

-- A threshold that was reached: once a version of the budget, period, basis and percentage.
CREATE TABLE budget_crossing (
    crossing_id     uuid        PRIMARY KEY,
    budget_id       text        NOT NULL REFERENCES budget,
    version         int         NOT NULL,
    period_from     timestamptz NOT NULL,
    period_to       timestamptz NOT NULL,
    basis           text        NOT NULL CHECK (basis IN ('actual', 'forecast')),
    percent         int         NOT NULL,
    amount_nanos    bigint      NOT NULL,
    spent_nanos     bigint      NOT NULL,
    projected_nanos bigint      NULL,
    noticed_at      timestamptz NOT NULL,
    -- When its event was owed to the broker; null while the budget is snoozed, and for ever where the period ended before the snooze did.
    told_at         timestamptz NULL,
    acknowledged_at timestamptz NULL,
    acknowledged_by text        NOT NULL DEFAULT '',
    note            text        NOT NULL DEFAULT '',
    UNIQUE (budget_id, version, period_from, basis, percent)
);

CREATE INDEX budget_crossing_untold ON budget_crossing (budget_id) WHERE told_at IS NULL;
CREATE INDEX budget_crossing_open ON budget_crossing (budget_id) WHERE acknowledged_at IS NULL;

-- The newest forecast of the organisation ('') and of each team: what will as likely as not be spent from its moment to the ends of days; empty where none could be made.
CREATE TABLE budget_forecast (
    team_id     text          PRIMARY KEY,
    as_of       timestamptz   NOT NULL,
    explanation text          NOT NULL,
    ahead_to    timestamptz[] NOT NULL,
    ahead_nanos bigint[]      NOT NULL CHECK (cardinality(ahead_nanos) = cardinality(ahead_to))
);

-- An hour or a day whose spend left the band that is expected of it: once each. An event is owed for the first of several in a row.
CREATE TABLE budget_rate (
    budget_id       text        NOT NULL REFERENCES budget,
    window_name     text        NOT NULL CHECK (window_name IN ('hour', 'day')),
    window_from     timestamptz NOT NULL,
    window_to       timestamptz NOT NULL,
    too_high        boolean     NOT NULL,
    spent_nanos     bigint      NOT NULL,
    expected_nanos  bigint      NOT NULL,
    low_nanos       bigint      NOT NULL,
    high_nanos      bigint      NOT NULL,
    noticed_at      timestamptz NOT NULL,
    -- Null for one that follows another, or while the budget was snoozed.
    told_at         timestamptz NULL,
    acknowledged_at timestamptz NULL,
    acknowledged_by text        NOT NULL DEFAULT '',
    note            text        NOT NULL DEFAULT '',
    PRIMARY KEY (budget_id, window_name, window_from)
);

-- What people did with a budget, with the figures from then on.
CREATE TABLE budget_change (
    change_id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    budget_id         text        NOT NULL REFERENCES budget,
    version           int         NOT NULL,
    changed_at        timestamptz NOT NULL,
    actor             text        NOT NULL,
    action            text        NOT NULL CHECK (action IN ('set', 'removed', 'snoozed', 'acknowledged')),
    amount_nanos      bigint      NOT NULL,
    actual_percents   int[]       NOT NULL,
    forecast_percents int[]       NOT NULL,
    hard_limit        boolean     NOT NULL,
    rate_alerts       boolean     NOT NULL,
    snoozed_until     timestamptz NULL,
    note              text        NOT NULL
);

CREATE INDEX budget_change_history ON budget_change (budget_id, change_id);

-- What was recorded since a moment, exactly: how budgets follow spend. Ranges of pages would not do: they are summed up by vacuums only, and all that came since the
-- last one would be read at every look.
DROP INDEX usage_record_recorded;
CREATE INDEX usage_record_recorded ON usage_record (recorded_at);
