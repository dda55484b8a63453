-- What calls would have cost elsewhere, where usage says so: sums of such calls only, beside what those calls did cost.
ALTER TABLE usage_quarter
    -- Calls that fell back and know what their first choice would have cost.
    ADD COLUMN fell_back_cost_nanos    bigint NOT NULL DEFAULT 0,
    ADD COLUMN fell_back_primary_nanos bigint NOT NULL DEFAULT 0,
    -- Calls that know what the default would have cost.
    ADD COLUMN routed_cost_nanos       bigint NOT NULL DEFAULT 0,
    ADD COLUMN routed_default_nanos    bigint NOT NULL DEFAULT 0,
    -- Calls that a rule in shadow mode would have taken.
    ADD COLUMN shadowed_cost_nanos     bigint NOT NULL DEFAULT 0,
    ADD COLUMN shadowed_rule_nanos     bigint NOT NULL DEFAULT 0,
    -- Calls that were drawn from a lease, and what was set aside for them: how much of a bound calls really cost.
    ADD COLUMN bounded_cost_nanos      bigint NOT NULL DEFAULT 0,
    ADD COLUMN bound_nanos             bigint NOT NULL DEFAULT 0;

ALTER TABLE usage_day
    ADD COLUMN fallback_calls          bigint NOT NULL DEFAULT 0,
    ADD COLUMN fell_back_cost_nanos    bigint NOT NULL DEFAULT 0,
    ADD COLUMN fell_back_primary_nanos bigint NOT NULL DEFAULT 0,
    ADD COLUMN routed_cost_nanos       bigint NOT NULL DEFAULT 0,
    ADD COLUMN routed_default_nanos    bigint NOT NULL DEFAULT 0,
    ADD COLUMN shadowed_cost_nanos     bigint NOT NULL DEFAULT 0,
    ADD COLUMN shadowed_rule_nanos     bigint NOT NULL DEFAULT 0,
    ADD COLUMN bounded_cost_nanos      bigint NOT NULL DEFAULT 0,
    ADD COLUMN bound_nanos             bigint NOT NULL DEFAULT 0;

UPDATE usage_day AS total SET fallback_calls = known.calls
FROM (
    SELECT team_id, workload, lane, (quarter_start AT TIME ZONE 'UTC')::date AS day, provider, model, sum(fallback_calls) AS calls
    FROM usage_quarter WHERE fallback_calls <> 0 GROUP BY 1, 2, 3, 4, 5, 6) AS known
WHERE (total.team_id, total.workload, total.lane, total.day, total.provider, total.model)
    = (known.team_id, known.workload, known.lane, known.day, known.provider, known.model);

-- Calls that were refused, by quarter of an hour, at the bound that was asked for them.
CREATE TABLE denied_quarter (
    team_id         text        NOT NULL,
    quarter_start   timestamptz NOT NULL,
    workload        text        NOT NULL,
    lane            text        NOT NULL,
    reason          text        NOT NULL,
    attempts        bigint      NOT NULL CHECK (attempts > 0),
    estimated_nanos bigint      NOT NULL CHECK (estimated_nanos >= 0),
    PRIMARY KEY (team_id, quarter_start, workload, lane, reason)
);

-- Changes of what governs spend.
CREATE TABLE control_event (
    event_id    uuid        PRIMARY KEY,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    -- allocation, budget or policy.
    kind        text        NOT NULL CHECK (kind IN ('allocation', 'budget', 'policy')),
    -- The team that it is about; empty: all.
    team_id     text        NOT NULL,
    -- The wallet, the budget, or the policy's version.
    subject     text        NOT NULL,
    actor       text        NOT NULL,
    -- For people: what was changed.
    summary     text        NOT NULL
);

CREATE INDEX control_event_of ON control_event (occurred_at DESC, event_id);
