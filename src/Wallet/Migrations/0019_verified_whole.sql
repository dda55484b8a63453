-- When everything was last derived from all entries and found consistent: once a day, whatever the number of replicas and of starts.
CREATE TABLE verified_whole (
    only_row    boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    verified_at timestamptz NOT NULL
);
