-- Messages that no try could handle, moved here from the broker's error queues, and events that could not be published. Kept for good: what was decided about each is
-- part of the record.
CREATE TABLE dead_message (
    dead_id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The queue that it was to be handled from; 'outbox' for an event that could not be published.
    queue           text        NOT NULL,
    message_id      text        NOT NULL,
    message_type    text        NOT NULL,
    content_type    text        NOT NULL,
    body            bytea       NOT NULL,
    failure_type    text        NOT NULL,
    failure_message text        NOT NULL,
    failed_at       timestamptz NOT NULL,
    collected_at    timestamptz NOT NULL,
    -- 1 dead, 2 replayed, 3 discarded.
    state           smallint    NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 3),
    ended_at        timestamptz NULL,
    ended_by        text        NOT NULL DEFAULT '',
    CONSTRAINT dead_message_end_has_a_moment CHECK ((state > 1) = (ended_at IS NOT NULL)),
    -- The broker may hand a failure over twice; the same message may fail again after a replay.
    UNIQUE (queue, message_id, failed_at)
);

CREATE INDEX dead_message_waiting ON dead_message (dead_id) WHERE state = 1;
