-- Demand that was refused: what spend does not show and a forecast must know. One refusal, one row.
CREATE TABLE denied_demand (
    attempt_id           uuid        PRIMARY KEY,
    occurred_at          timestamptz NOT NULL,
    recorded_at          timestamptz NOT NULL,
    team_id              text        NOT NULL,
    key_id               text        NOT NULL,
    workload             text        NOT NULL,
    lane                 text        NOT NULL,
    provider             text        NOT NULL,
    model                text        NOT NULL,
    reason               text        NOT NULL,
    -- The upper bound that was asked for.
    estimated_cost_nanos bigint      NOT NULL,
    currency             text        NOT NULL
);

CREATE INDEX denied_demand_team ON denied_demand (team_id, occurred_at);
