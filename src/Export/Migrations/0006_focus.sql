-- Files of FOCUS, the FinOps Open Cost and Usage Specification. Their rows are parts of records, and records without a price are in none (docs/decisions/0140): so there can be
-- more of these than rows.
ALTER TABLE export_job DROP CONSTRAINT export_job_format_check;
ALTER TABLE export_job ADD CONSTRAINT export_job_format_check CHECK (format IN ('json', 'csv', 'focus-1.4', 'focus-1.2'));

ALTER TABLE export_run DROP CONSTRAINT export_run_check1;
ALTER TABLE export_run ADD CONSTRAINT export_run_unpriced_count_check CHECK (unpriced_count >= 0 AND (unpriced_count <= row_count OR format LIKE 'focus-%'));

-- Its run knows the format.
ALTER TABLE export_file DROP CONSTRAINT export_file_check;
ALTER TABLE export_file ADD CONSTRAINT export_file_unpriced_count_check CHECK (unpriced_count >= 0);
