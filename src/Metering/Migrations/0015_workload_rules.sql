-- Rules that give usage without a workload class one. A rule that is changed or removed ends, and stays for whoever asks why a record has its class.
CREATE TABLE workload_rule (
    rule_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text        NOT NULL,
    workload   text        NOT NULL,
    position   int         NOT NULL CHECK (position > 0),
    -- platform.metering.v1.WorkloadRule as JSON.
    definition jsonb       NOT NULL,
    set_at     timestamptz NOT NULL,
    set_by     text        NOT NULL,
    ended_at   timestamptz NULL,
    ended_by   text        NOT NULL DEFAULT ''
);

CREATE UNIQUE INDEX workload_rule_name ON workload_rule (name) WHERE ended_at IS NULL;

-- One row, whose lock orders all changes of rules and whose revision tells replicas that there was one.
CREATE TABLE workload_rules (
    single   boolean PRIMARY KEY DEFAULT true CHECK (single),
    revision bigint  NOT NULL
);

INSERT INTO workload_rules (revision) VALUES (1);

-- The rule that gave a record its class; empty where the call or its key named it, or nobody did.
ALTER TABLE usage_record ADD COLUMN workload_rule text NOT NULL DEFAULT '';
