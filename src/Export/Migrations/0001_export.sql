-- Export jobs and their runs. Moments are UTC; amounts are nano-units of the organisation's currency.

CREATE TABLE export_job (
    job_id      uuid        PRIMARY KEY,
    name        text        NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9_-]{1,100}$'),
    cron        text        NOT NULL,
    window_name text        NOT NULL CHECK (window_name IN ('1h', '6h', '24h', '7d', '30d')),
    format      text        NOT NULL CHECK (format IN ('json')),
    bucket      text        NOT NULL,
    prefix      text        NOT NULL,
    created_at  timestamptz NOT NULL,
    -- Null when the expression has no further due time.
    next_due_at timestamptz NULL
);

CREATE INDEX export_job_due ON export_job (next_due_at);

CREATE TABLE export_run (
    run_id          uuid        PRIMARY KEY,
    -- Null for one-off runs.
    job_id          uuid        NULL REFERENCES export_job,
    job_name        text        NOT NULL,
    -- Null unless the schedule made the run; one run a due time, however many replicas see it.
    due_at          timestamptz NULL,
    state           text        NOT NULL CHECK (state IN ('running', 'completed', 'failed')),
    window_from     timestamptz NOT NULL,
    window_to       timestamptz NOT NULL CHECK (window_to > window_from),
    watermark       timestamptz NOT NULL,
    format          text        NOT NULL,
    bucket          text        NOT NULL,
    data_key        text        NOT NULL,
    manifest_key    text        NOT NULL,
    started_at      timestamptz NOT NULL,
    completed_at    timestamptz NULL,
    row_count       bigint      NOT NULL DEFAULT 0 CHECK (row_count >= 0),
    unpriced_count  bigint      NOT NULL DEFAULT 0 CHECK (unpriced_count BETWEEN 0 AND row_count),
    cost_nanos      bigint      NOT NULL DEFAULT 0,
    currency        text        NOT NULL DEFAULT '',
    sha256          text        NOT NULL DEFAULT '',
    bytes           bigint      NOT NULL DEFAULT 0 CHECK (bytes >= 0),
    failure_count   int         NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    error           text        NOT NULL DEFAULT '',
    UNIQUE (job_id, due_at),
    CHECK ((state = 'completed') = (completed_at IS NOT NULL))
);

CREATE INDEX export_run_newest ON export_run (started_at DESC, run_id DESC);
CREATE INDEX export_run_of_job ON export_run (job_id, started_at DESC);
CREATE INDEX export_run_open ON export_run (next_attempt_at) WHERE state <> 'completed';
