-- Files of comma-separated values.
ALTER TABLE export_job DROP CONSTRAINT export_job_format_check;
ALTER TABLE export_job ADD CONSTRAINT export_job_format_check CHECK (format IN ('json', 'csv'));
