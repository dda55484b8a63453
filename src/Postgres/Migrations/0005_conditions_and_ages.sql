-- Conditions that people were told of and that still hold: one that ends and comes again is told again.
CREATE TABLE told_condition (
    name    text        PRIMARY KEY,
    told_at timestamptz NOT NULL
);

-- What is forgotten after a while is found by its age.
CREATE INDEX inbox_recorded ON inbox (recorded_at);
CREATE INDEX idempotency_recorded ON idempotency (recorded_at);
