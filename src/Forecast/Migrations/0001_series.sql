-- Usage by quarter of an hour: the finest grid that the days of every time zone in use add up on.
CREATE TABLE usage_quarter (
    team_id             text        NOT NULL,
    quarter_start       timestamptz NOT NULL CHECK (extract(epoch FROM quarter_start)::bigint % 900 = 0),
    workload            text        NOT NULL,
    lane                text        NOT NULL,
    provider            text        NOT NULL,
    model               text        NOT NULL,
    funding             text        NOT NULL,
    -- Nano-units of the organisation's currency; corrections included, unpriced calls not.
    cost_nanos          bigint      NOT NULL,
    -- Corrections change cost and tokens and are no calls.
    calls               bigint      NOT NULL CHECK (calls >= 0),
    input_tokens        bigint      NOT NULL,
    output_tokens       bigint      NOT NULL,
    unpriced_calls      bigint      NOT NULL CHECK (unpriced_calls >= 0),
    fallback_calls      bigint      NOT NULL CHECK (fallback_calls >= 0),
    fallback_cost_nanos bigint      NOT NULL,
    PRIMARY KEY (team_id, quarter_start, workload, lane, provider, model, funding)
);

-- Usage records whose figures are in usage_quarter, so that a record counts once even when two batches carry it.
CREATE TABLE counted_record (
    record_id uuid PRIMARY KEY
);
