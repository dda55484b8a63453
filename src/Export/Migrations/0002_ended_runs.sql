-- Null: the run ended without its file, because trying again would be answered the same.
ALTER TABLE export_run ALTER COLUMN next_attempt_at DROP NOT NULL;
ALTER TABLE export_run ADD CONSTRAINT export_run_next_attempt CHECK (next_attempt_at IS NOT NULL OR state = 'failed');
