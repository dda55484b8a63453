-- Work that waits for its lane's windows: batches of requests, each run once.
CREATE TABLE batch (
    batch_id        uuid        PRIMARY KEY,
    team_id         text        NOT NULL,
    -- Who submitted it: its rights are looked up again when an item runs.
    key_id          text        NOT NULL,
    workload        text        NOT NULL,
    lane            text        NOT NULL,
    -- For people: the file's name; empty for a single request.
    name            text        NOT NULL,
    -- Of everything that was sent, so that a repeat is known and another request under the same key is refused.
    request_sha256  bytea       NOT NULL,
    items           int         NOT NULL CHECK (items > 0),
    created_at      timestamptz NOT NULL,
    cancelled_at    timestamptz NULL,
    -- When its last item had ended.
    ended_at        timestamptz NULL
);
CREATE INDEX batch_of_team ON batch (team_id, batch_id DESC);
CREATE INDEX batch_open ON batch (batch_id) WHERE ended_at IS NULL;
CREATE INDEX batch_ended ON batch (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE batch_item (
    batch_id   uuid        NOT NULL REFERENCES batch ON DELETE CASCADE DEFERRABLE,
    -- From 1, as in the file.
    position   int         NOT NULL,
    custom_id  text        NOT NULL,
    lane       text        NOT NULL,
    -- The AI route, such as /v1/chat/completions.
    path       text        NOT NULL,
    -- Emptied when the item has ended.
    body       bytea       NOT NULL,
    -- 1 waiting, 2 claimed, 3 started, 4 succeeded, 5 failed, 6 unknown, 7 cancelled.
    state      smallint    NOT NULL CHECK (state BETWEEN 1 AND 7),
    tries      int         NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL,
    claimed_by uuid        NULL,
    heard_at   timestamptz NULL,
    -- HTTP status and body of the answer, and the attempt that brought it.
    status     int         NOT NULL DEFAULT 0,
    answer     bytea       NOT NULL DEFAULT '',
    attempt_id text        NOT NULL DEFAULT '',
    ended_at   timestamptz NULL,
    PRIMARY KEY (batch_id, position),
    UNIQUE (batch_id, custom_id),
    CONSTRAINT batch_item_end_has_a_moment CHECK ((state >= 4) = (ended_at IS NOT NULL)),
    CONSTRAINT batch_item_runs_somewhere CHECK (state NOT IN (2, 3) OR claimed_by IS NOT NULL)
);
CREATE INDEX batch_item_waiting ON batch_item (lane, not_before, batch_id, position) WHERE state = 1;
CREATE INDEX batch_item_running ON batch_item (heard_at) WHERE state IN (2, 3);
