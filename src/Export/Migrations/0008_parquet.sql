-- Files of Parquet, with the columns of json or those of FOCUS.
ALTER TABLE export_job DROP CONSTRAINT export_job_format_check;
ALTER TABLE export_job ADD CONSTRAINT export_job_format_check
    CHECK (format IN ('json', 'csv', 'parquet', 'focus-1.4', 'focus-1.2', 'focus-parquet-1.4', 'focus-parquet-1.2'));
