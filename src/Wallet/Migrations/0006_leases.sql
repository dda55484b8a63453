-- Leases: slices of a wallet that a holder draws from in its own memory. All amounts are running totals since the lease began.

-- States: 1 open, 2 recalled, 3 retired, 4 closed, 5 suspended, 6 ended. In state 5 what is held lies in the wallet's suspense, else in held.
CREATE TABLE lease (
    lease_id            uuid        PRIMARY KEY,
    holder              text        NOT NULL CHECK (length(holder) BETWEEN 1 AND 100),
    wallet_id           text        NOT NULL REFERENCES wallet,
    -- Whose call it was made for; others of the same scope draw from it too.
    team_id             text        NOT NULL,
    user_id             text        NOT NULL DEFAULT '',
    application_id      text        NOT NULL DEFAULT '',
    key_id              text        NOT NULL DEFAULT '',
    -- The wallet and the caps that it was debited from.
    scope               text        NOT NULL,
    cap_accounts        bigint[]    NOT NULL DEFAULT '{}',
    state               smallint    NOT NULL CHECK (state BETWEEN 1 AND 6),
    granted             bigint      NOT NULL CHECK (granted >= 0),
    returned            bigint      NOT NULL DEFAULT 0 CHECK (returned >= 0),
    posted              bigint      NOT NULL DEFAULT 0 CHECK (posted >= 0),
    suspended           bigint      NOT NULL DEFAULT 0 CHECK (suspended >= 0),
    released            bigint      NOT NULL DEFAULT 0 CHECK (released >= 0),
    held                bigint      NOT NULL GENERATED ALWAYS AS (granted - returned - posted - suspended - released) STORED CHECK (held >= 0),
    -- As its holder last told.
    drawn               bigint      NOT NULL DEFAULT 0 CHECK (drawn >= 0),
    open                bigint      NOT NULL DEFAULT 0 CHECK (open >= 0),
    -- Its holder closed it: nothing more is drawn, and drawn is the last word.
    final               boolean     NOT NULL DEFAULT false,
    journal_incomplete  boolean     NOT NULL DEFAULT false,
    reason              text        NOT NULL DEFAULT '',
    -- The end of the earliest period that bounds it.
    ends_at             timestamptz NULL,
    -- When silence has a consequence, by the clocks of Wallet's replicas.
    expires_at          timestamptz NOT NULL,
    -- By the database's clock: all replicas must agree on whether a recall has timed out.
    recall_requested_at timestamptz NULL,
    recall_answered_at  timestamptz NULL,
    created_at          timestamptz NOT NULL,
    recorded_at         timestamptz NOT NULL,
    suspended_at        timestamptz NULL,
    ended_at            timestamptz NULL,
    CONSTRAINT lease_draws_within_its_grant CHECK (returned::numeric + drawn + open <= granted),
    CONSTRAINT lease_ended_holds_nothing CHECK (state < 6 OR held = 0),
    CONSTRAINT lease_end_has_a_moment CHECK ((state = 6) = (ended_at IS NOT NULL)),
    CONSTRAINT lease_recall_has_a_moment CHECK (state <> 2 OR recall_requested_at IS NOT NULL)
) WITH (fillfactor = 70);

-- A holder has one lease of a scope that it may draw from.
CREATE UNIQUE INDEX lease_open ON lease (holder, scope) WHERE state = 1;
CREATE INDEX lease_live ON lease (wallet_id) WHERE state < 6;

-- Who follows the notices now, a row a stream. What a crash of the database forgets is there again a second later.
CREATE UNLOGGED TABLE lease_watch (
    stream_id uuid        PRIMARY KEY,
    holder    text        NOT NULL,
    last_seen timestamptz NOT NULL
);

-- One row: rises with each change of who is charged for whom.
CREATE TABLE lease_scopes (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint  NOT NULL
);

INSERT INTO lease_scopes (revision) VALUES (1);

-- As before, and whose an entry of held or suspense is: the lease's, or the hold of the attempt. What enters one of the two for a named attempt of a lease has
-- left the lease (a suspended draw).
CREATE OR REPLACE VIEW ledger_entry AS
    SELECT transfer_seq, from_wallet AS wallet_id, from_account AS account, -amount AS amount, from_before AS balance_before, from_after AS balance_after,
        attempt_id, lease_id, lease_id IS NOT NULL AS of_lease
    FROM transfer
    UNION ALL
    SELECT transfer_seq, to_wallet, to_account, amount, to_before, to_after, attempt_id, lease_id, lease_id IS NOT NULL AND attempt_id IS NULL
    FROM transfer;
