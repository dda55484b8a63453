-- The price book: a price is a versioned row. All figures are nano-units of its currency per million tokens.
CREATE TABLE price (
    price_id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider                 text        NOT NULL,
    model                    text        NOT NULL,
    currency                 text        NOT NULL,
    input_per_million        bigint      NOT NULL CHECK (input_per_million >= 0),
    cached_input_per_million bigint      NOT NULL CHECK (cached_input_per_million >= 0),
    cache_write_per_million  bigint      NOT NULL CHECK (cache_write_per_million >= 0),
    output_per_million       bigint      NOT NULL CHECK (output_per_million >= 0),
    reasoning_per_million    bigint      NOT NULL CHECK (reasoning_per_million >= 0),
    per_request              bigint      NOT NULL CHECK (per_request >= 0),
    -- Half open. Only the end may ever be written again, and only while it is still to come.
    effective_from           timestamptz NOT NULL,
    effective_to             timestamptz NULL CHECK (effective_to > effective_from),
    source                   text        NOT NULL,
    recorded_at              timestamptz NOT NULL,
    UNIQUE (provider, model, effective_from)
);

CREATE UNIQUE INDEX price_latest ON price (provider, model) WHERE effective_to IS NULL;

-- One row, whose lock orders all changes of the book and whose revision tells replicas that there was one.
CREATE TABLE price_book (
    single   boolean PRIMARY KEY DEFAULT true CHECK (single),
    revision bigint  NOT NULL
);

INSERT INTO price_book (revision) VALUES (1);
