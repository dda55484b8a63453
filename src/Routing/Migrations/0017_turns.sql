-- Of the calls that wait on several replicas for a part of a count, the one that collects what comes free: whose it is, since when it has waited, what it lacks, and when it was heard of last. Null: none waits.
ALTER TABLE limit_count
    ADD COLUMN turn_of       uuid,
    ADD COLUMN turn_since    timestamptz,
    ADD COLUMN turn_missing  bigint,
    ADD COLUMN turn_heard_at timestamptz,
    ADD CONSTRAINT limit_count_turn_is_whole CHECK (num_nulls(turn_of, turn_since, turn_missing, turn_heard_at) IN (0, 4));
