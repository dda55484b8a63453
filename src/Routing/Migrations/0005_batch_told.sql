-- Whether its submitter asked to be told of its end.
ALTER TABLE batch ADD COLUMN told boolean NOT NULL DEFAULT false;
