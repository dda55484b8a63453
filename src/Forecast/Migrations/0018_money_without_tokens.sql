-- Money without tokens (credit notes, charges): it is no usage, and is of the period that it is dated in. Kept for ever: there is little of it.
CREATE TABLE adjustment_quarter (
    team_id       text        NOT NULL,
    quarter_start timestamptz NOT NULL CHECK (extract(epoch FROM quarter_start)::bigint % 900 = 0),
    provider      text        NOT NULL,
    -- Empty where it is of no model.
    model         text        NOT NULL,
    funding       text        NOT NULL,
    -- Below zero where money is given back.
    cost_nanos    bigint      NOT NULL,
    -- Messages that came when their day of UTC was over, which a published version may have told otherwise.
    settled       bigint      NOT NULL,
    PRIMARY KEY (team_id, quarter_start, provider, model, funding)
);

CREATE INDEX adjustment_quarter_start ON adjustment_quarter (quarter_start);

-- What of a counted day was money without tokens, in a row without workload and lane; it is of no segment, and not in cost_nanos.
ALTER TABLE forecast_actual ADD COLUMN adjustment_nanos bigint NOT NULL DEFAULT 0;
