-- Runs of a job that sum to everything recorded (docs/decisions/0108), months of the books, and a file a billing period.

ALTER TABLE export_job DROP CONSTRAINT export_job_window_name_check;
ALTER TABLE export_job ADD CONSTRAINT export_job_window_name_check CHECK (window_name IN ('1h', '6h', '24h', '7d', '30d', 'interval', 'month'));

ALTER TABLE export_run
    -- By which date a record belongs to the window.
    ADD COLUMN basis           text        NOT NULL DEFAULT 'occurred' CHECK (basis IN ('occurred', 'booked')),
    -- The month that was asked for, such as 2026-06; empty otherwise.
    ADD COLUMN period          text        NOT NULL DEFAULT '',
    -- The books' zone, in which files are parted by billing period.
    ADD COLUMN time_zone       text        NOT NULL DEFAULT 'UTC',
    -- Where the series began that the run belongs to; null for a run beside it.
    ADD COLUMN series_from     timestamptz NULL,
    -- The watermark of the run before it in its series: what was recorded later for earlier windows is in this run. Null for a series' first.
    ADD COLUMN recorded_after  timestamptz NULL,
    -- Of rows and cost: what occurred before the window.
    ADD COLUMN late_count      bigint      NOT NULL DEFAULT 0 CHECK (late_count BETWEEN 0 AND row_count),
    ADD COLUMN late_cost_nanos bigint      NOT NULL DEFAULT 0,
    ADD CONSTRAINT export_run_series_is_scheduled CHECK (series_from IS NULL OR (due_at IS NOT NULL AND series_from <= window_from)),
    ADD CONSTRAINT export_run_late_is_of_a_series CHECK (recorded_after IS NULL OR (series_from IS NOT NULL AND recorded_after <= watermark));

-- The newest scheduled run of each job begins its series: what is recorded for its window from its watermark on is in the next run.
UPDATE export_run SET series_from = window_from
WHERE run_id IN (SELECT DISTINCT ON (job_id) run_id FROM export_run WHERE due_at IS NOT NULL ORDER BY job_id, due_at DESC);

-- Windows of a series follow each other: two runs never begin at the same moment.
CREATE UNIQUE INDEX export_run_of_series ON export_run (job_id, window_from) WHERE series_from IS NOT NULL;

CREATE TABLE export_file (
    run_id          uuid   NOT NULL REFERENCES export_run,
    -- The month that its records are booked in.
    billing_period  text   NOT NULL CHECK (billing_period ~ '^[0-9]{4}-[0-9]{2}$'),
    object_key      text   NOT NULL,
    row_count       bigint NOT NULL CHECK (row_count >= 0),
    unpriced_count  bigint NOT NULL CHECK (unpriced_count BETWEEN 0 AND row_count),
    cost_nanos      bigint NOT NULL,
    late_count      bigint NOT NULL CHECK (late_count BETWEEN 0 AND row_count),
    late_cost_nanos bigint NOT NULL,
    currency        text   NOT NULL,
    sha256          text   NOT NULL,
    bytes           bigint NOT NULL CHECK (bytes >= 0),
    PRIMARY KEY (run_id, billing_period)
);

INSERT INTO export_file
SELECT run_id, coalesce(substring(data_key FROM '.*/BILLING_PERIOD=([0-9]{4}-[0-9]{2})/'), to_char(window_from AT TIME ZONE 'UTC', 'YYYY-MM')), data_key,
    row_count, unpriced_count, cost_nanos, 0, 0, currency, sha256, bytes
FROM export_run WHERE state = 'completed';

-- Hashes are those of files from now on.
ALTER TABLE export_run DROP COLUMN sha256;

-- What Metering said last, for when it does not answer. The zone changes once, at the first close of a month.
CREATE TABLE export_books (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    time_zone text    NOT NULL
);
