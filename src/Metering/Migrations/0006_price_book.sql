-- The price book by service tier and region, with context tiers, the hour's cache and what was negotiated off the list; and what follows when a price comes late.

ALTER TABLE price
    ADD COLUMN tier                         text   NOT NULL DEFAULT 'standard' CHECK (tier <> ''),
    -- Empty: every region that has no price of its own.
    ADD COLUMN region                       text   NOT NULL DEFAULT '',
    ADD COLUMN cache_write_hour_per_million bigint NULL CHECK (cache_write_hour_per_million >= 0),
    -- Off every list rate above, in millionths.
    ADD COLUMN discount_ppm                 int    NOT NULL DEFAULT 0 CHECK (discount_ppm BETWEEN 0 AND 1000000);

UPDATE price SET cache_write_hour_per_million = cache_write_per_million;
ALTER TABLE price ALTER COLUMN cache_write_hour_per_million SET NOT NULL;

ALTER TABLE price DROP CONSTRAINT price_provider_model_effective_from_key;
DROP INDEX price_latest;
CREATE UNIQUE INDEX price_begins ON price (provider, model, tier, region, effective_from);
CREATE UNIQUE INDEX price_latest ON price (provider, model, tier, region) WHERE effective_to IS NULL;

-- A request with more input than the threshold is billed at these rates as a whole.
CREATE TABLE price_context_tier (
    price_id                     bigint NOT NULL REFERENCES price,
    above_input_tokens           bigint NOT NULL CHECK (above_input_tokens > 0),
    input_per_million            bigint NOT NULL CHECK (input_per_million >= 0),
    cached_input_per_million     bigint NOT NULL CHECK (cached_input_per_million >= 0),
    cache_write_per_million      bigint NOT NULL CHECK (cache_write_per_million >= 0),
    cache_write_hour_per_million bigint NOT NULL CHECK (cache_write_hour_per_million >= 0),
    output_per_million           bigint NOT NULL CHECK (output_per_million >= 0),
    reasoning_per_million        bigint NOT NULL CHECK (reasoning_per_million >= 0),
    PRIMARY KEY (price_id, above_input_tokens)
);

-- Other names of a model, such as dated snapshots. A model that has a price of its own is never looked up here.
CREATE TABLE price_alias (
    provider    text        NOT NULL,
    alias       text        NOT NULL,
    model       text        NOT NULL CHECK (model <> alias),
    source      text        NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (provider, alias)
);

-- What was recorded before a price came and is to be rated by it: corrections are written, nothing is rewritten. Taken up in order, each to its end.
CREATE TABLE repricing (
    repricing_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    price_id      bigint      NOT NULL REFERENCES price,
    -- Half open; what was sent in it may concern this price.
    occurred_from timestamptz NOT NULL,
    occurred_to   timestamptz NOT NULL,
    -- The last record that was looked at; null before the first.
    done_until    timestamptz NULL,
    done_record   uuid        NULL,
    corrections   bigint      NOT NULL DEFAULT 0,
    recorded_at   timestamptz NOT NULL,
    ended_at      timestamptz NULL
);

CREATE INDEX repricing_waiting ON repricing (repricing_id) WHERE ended_at IS NULL;

ALTER TABLE usage_record
    ADD COLUMN service_tier           text   NOT NULL DEFAULT 'standard',
    ADD COLUMN region                 text   NOT NULL DEFAULT '',
    ADD COLUMN cache_write_hour_tokens bigint NOT NULL DEFAULT 0,
    -- Absent in records of before this column, whose cost has none of it.
    ADD COLUMN cache_write_hour_nanos bigint NULL,
    DROP CONSTRAINT usage_record_check1,
    DROP CONSTRAINT usage_record_check2,
    ADD CONSTRAINT usage_record_cost_adds_up CHECK (cost_nanos IS NULL OR cost_nanos =
        input_nanos + cached_input_nanos + cache_write_nanos + coalesce(cache_write_hour_nanos, 0) + output_nanos + reasoning_nanos + request_nanos),
    ADD CONSTRAINT usage_record_tokens_are_counts CHECK (corrects_record_id IS NOT NULL
        OR least(input_tokens, cached_input_tokens, cache_write_tokens, cache_write_hour_tokens, output_tokens, reasoning_tokens) >= 0);

ALTER TABLE usage_rollup ADD COLUMN cache_write_hour_tokens bigint NOT NULL DEFAULT 0;

-- What waits for a price is few or an alarm; listing it must not read all the rest.
CREATE INDEX usage_record_unpriced ON usage_record (provider, model_served) WHERE cost_nanos IS NULL;
