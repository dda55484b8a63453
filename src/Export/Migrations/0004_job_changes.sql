-- Who made and changed what, and jobs that are paused, changed and removed while their history stays.

ALTER TABLE export_job
    -- Key ids; empty for jobs of before this was kept.
    ADD COLUMN created_by text        NOT NULL DEFAULT '',
    ADD COLUMN changed_by text        NOT NULL DEFAULT '',
    ADD COLUMN paused_at  timestamptz NULL,
    ADD COLUMN removed_at timestamptz NULL,
    ADD CONSTRAINT export_job_rests CHECK ((paused_at IS NULL AND removed_at IS NULL) OR next_due_at IS NULL);

-- A removed job's name is free.
ALTER TABLE export_job DROP CONSTRAINT export_job_name_key;
CREATE UNIQUE INDEX export_job_name ON export_job (name) WHERE removed_at IS NULL;

-- Key id of who asked for the run; empty for the schedule.
ALTER TABLE export_run ADD COLUMN asked_by text NOT NULL DEFAULT '';
