-- What every service's database has besides its own tables.

-- Events that a committed transaction still owes to the broker.
CREATE TABLE outbox (
    outbox_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id   uuid        NOT NULL,
    message_type text        NOT NULL,
    body         jsonb       NOT NULL,
    traceparent  text        NULL,
    recorded_at  timestamptz NOT NULL
);

-- Messages whose effect is in this database.
CREATE TABLE inbox (
    queue        text        NOT NULL,
    message_id   uuid        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (queue, message_id)
);

-- Answers to mutating calls, kept with the hash of the request that they answer.
CREATE TABLE idempotency (
    operation       text        NOT NULL,
    idempotency_key text        NOT NULL,
    request_sha256  bytea       NOT NULL,
    response        bytea       NOT NULL,
    recorded_at     timestamptz NOT NULL,
    PRIMARY KEY (operation, idempotency_key)
);
