-- Whether a folder has runs of others of its name is asked for every one-off run and every new job; runs are kept for good.
CREATE INDEX export_run_of_name ON export_run (job_name, bucket);
