-- From when on a run has what came late for earlier windows, where retention had dropped what occurred before (docs/decisions/0222).
ALTER TABLE export_run
    ADD COLUMN late_kept_from timestamptz NULL,
    ADD CONSTRAINT export_run_kept_is_of_what_is_late
        CHECK (late_kept_from IS NULL OR (series_from IS NOT NULL AND recorded_after IS NOT NULL AND late_kept_from > series_from AND late_kept_from <= window_from));
