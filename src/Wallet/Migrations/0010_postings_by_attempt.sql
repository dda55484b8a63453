-- A usage record is of one attempt for ever, so attempt and record together are as unique as the record alone: one index that grows at its end does the work of three, of which two
-- were written all over.
ALTER TABLE posting DROP CONSTRAINT posting_pkey;
DROP INDEX posting_attempt;
ALTER TABLE posting ADD PRIMARY KEY (attempt_id, posting_id);

-- The transfers of a posting are those of its attempt that name it.
DROP INDEX transfer_posting;
