-- Imports of usage that was made elsewhere: what they were, whose usage is whose, and records that stand for many calls.
ALTER TABLE usage_record
    -- How many calls it stands for; null: one, or none for a correction.
    ADD COLUMN requests       bigint NULL CHECK (requests <> 0),
    -- What the context tier of its price is chosen by; null: all of its input.
    ADD COLUMN context_tokens bigint NULL CHECK (context_tokens >= 0),
    ADD COLUMN import_id      uuid   NULL;

CREATE INDEX usage_record_import ON usage_record (import_id, occurred_at, record_id) WHERE import_id IS NOT NULL;

CREATE TABLE usage_import (
    import_id         uuid        PRIMARY KEY,
    import_no         bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    -- Numbers of platform.metering.v1.ImportState.
    state             smallint    NOT NULL CHECK (state BETWEEN 1 AND 4),
    source            text        NOT NULL,
    format            text        NOT NULL,
    file_name         text        NOT NULL,
    unmapped_team_id  text        NOT NULL,
    -- The rules that it brought along: a platform.metering.v1.ImportSettings.
    settings          bytea       NOT NULL,
    rows              bigint      NOT NULL DEFAULT 0,
    accepted          bigint      NOT NULL DEFAULT 0,
    duplicates        bigint      NOT NULL DEFAULT 0,
    changed           bigint      NOT NULL DEFAULT 0,
    skipped           bigint      NOT NULL DEFAULT 0,
    unmapped_refused  bigint      NOT NULL DEFAULT 0,
    refused           bigint      NOT NULL DEFAULT 0,
    unmapped          bigint      NOT NULL DEFAULT 0,
    unpriced          bigint      NOT NULL DEFAULT 0,
    calls             bigint      NOT NULL DEFAULT 0,
    cost_nanos        bigint      NOT NULL DEFAULT 0,
    first_occurred_at timestamptz NULL,
    last_occurred_at  timestamptz NULL,
    created_at        timestamptz NOT NULL,
    created_by        text        NOT NULL,
    finished_at       timestamptz NULL,
    undo_asked_at     timestamptz NULL,
    undo_asked_by     text        NOT NULL DEFAULT '',
    undo_note         text        NOT NULL DEFAULT '',
    undone            bigint      NOT NULL DEFAULT 0,
    -- The last record that was taken back; null before the first.
    undone_until      timestamptz NULL,
    undone_record     uuid        NULL,
    undone_at         timestamptz NULL,
    CHECK (rows = accepted + duplicates + changed + skipped + unmapped_refused + refused)
);

CREATE INDEX usage_import_undoing ON usage_import (import_no) WHERE state = 3;

-- By model, what came in, and what the source says that it cost beside the price book's figure.
CREATE TABLE usage_import_model (
    import_id             uuid   NOT NULL REFERENCES usage_import,
    provider              text   NOT NULL,
    model                 text   NOT NULL,
    stated_rows           bigint NOT NULL,
    stated_nanos          bigint NOT NULL,
    rated_nanos           bigint NOT NULL,
    unpriced_rows         bigint NOT NULL,
    unpriced_stated_nanos bigint NOT NULL,
    PRIMARY KEY (import_id, provider, model)
);

-- Whose usage something of a provider is. Rules are ended, never changed.
CREATE TABLE usage_import_rule (
    rule_id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider       text        NOT NULL,
    -- Numbers of platform.metering.v1.ImportDimension.
    dimension      smallint    NOT NULL CHECK (dimension BETWEEN 1 AND 3),
    value          text        NOT NULL CHECK (value <> ''),
    team_id        text        NOT NULL,
    user_id        text        NOT NULL,
    application_id text        NOT NULL,
    workload       text        NOT NULL,
    skip           boolean     NOT NULL,
    set_at         timestamptz NOT NULL,
    set_by         text        NOT NULL,
    ended_at       timestamptz NULL,
    ended_by       text        NOT NULL DEFAULT ''
);

CREATE UNIQUE INDEX usage_import_rule_in_force ON usage_import_rule (provider, dimension, value) WHERE ended_at IS NULL;
