-- Where a completed run's objects are: the folder, or S3. What was written before is in the folder.
ALTER TABLE export_run ADD COLUMN store text NULL CHECK (store IN ('folder', 's3'));
UPDATE export_run SET store = 'folder' WHERE state = 'completed';
ALTER TABLE export_run ADD CONSTRAINT export_run_store_of_completed CHECK ((state = 'completed') = (store IS NOT NULL));
