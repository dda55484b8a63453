-- The ledger. Amounts are nano-units of the organisation's one currency.

-- A wallet and the balances of its accounts in one row, so that one row lock guards them all. Available, held, suspense and spent are debit balances
-- (money that is here); overage and the organisation's funding (credited) are the other sides and count negative, so all accounts sum to 0.
CREATE TABLE wallet (
    wallet_id  text        PRIMARY KEY,
    team_id    text        NULL UNIQUE,
    name       text        NOT NULL,
    currency   text        NOT NULL,
    available  bigint      NOT NULL DEFAULT 0 CHECK (available >= 0),
    held       bigint      NOT NULL DEFAULT 0 CHECK (held >= 0),
    suspense   bigint      NOT NULL DEFAULT 0 CHECK (suspense >= 0),
    spent      bigint      NOT NULL DEFAULT 0 CHECK (spent >= 0),
    overage    bigint      NOT NULL DEFAULT 0 CHECK (overage >= 0),
    credited   bigint      NOT NULL DEFAULT 0 CHECK (credited >= 0),
    moved_out  bigint      NOT NULL DEFAULT 0 CHECK (moved_out >= 0),
    created_at timestamptz NOT NULL,
    CONSTRAINT wallet_is_balanced CHECK (credited::numeric - moved_out + overage = available::numeric + held + suspense + spent)
) WITH (fillfactor = 70);

-- One immutable movement between two accounts. Both of its entries stand in the row itself (see ledger_entry), so they cannot part.
CREATE TABLE transfer (
    transfer_seq     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transfer_id      uuid        NOT NULL,
    kind             smallint    NOT NULL,
    amount           bigint      NOT NULL CHECK (amount > 0),
    from_wallet      text        NOT NULL REFERENCES wallet,
    from_account     smallint    NOT NULL,
    from_before      bigint      NOT NULL,
    from_after       bigint      NOT NULL,
    to_wallet        text        NOT NULL REFERENCES wallet,
    to_account       smallint    NOT NULL,
    to_before        bigint      NOT NULL,
    to_after         bigint      NOT NULL,
    -- Of to_wallet; from_wallet's stand in from_before and from_after where the two differ.
    available_before bigint      NOT NULL,
    available_after  bigint      NOT NULL,
    actor            text        NOT NULL,
    description      text        NOT NULL,
    reference        text        NOT NULL,
    attempt_id       uuid        NULL,
    posting_id       uuid        NULL,
    occurred_at      timestamptz NOT NULL,
    recorded_at      timestamptz NOT NULL,
    CONSTRAINT transfer_entries_add_up CHECK (from_before - amount = from_after AND to_before + amount = to_after),
    CONSTRAINT transfer_has_two_accounts CHECK (from_wallet <> to_wallet OR from_account <> to_account)
);

CREATE INDEX transfer_to_wallet ON transfer (to_wallet, transfer_seq);
CREATE INDEX transfer_from_other_wallet ON transfer (from_wallet, transfer_seq) WHERE from_wallet <> to_wallet;
CREATE INDEX transfer_posting ON transfer (posting_id) WHERE posting_id IS NOT NULL;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;

CREATE TRIGGER transfer_is_append_only BEFORE UPDATE OR DELETE ON transfer FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Every transfer's two entries, signed.
CREATE VIEW ledger_entry AS
    SELECT transfer_seq, from_wallet AS wallet_id, from_account AS account, -amount AS amount, from_before AS balance_before, from_after AS balance_after, attempt_id
    FROM transfer
    UNION ALL
    SELECT transfer_seq, to_wallet, to_account, amount, to_before, to_after, attempt_id
    FROM transfer;

-- States: 1 pending, 2 sent, 3 reported, 4 suspended, 5 posted, 6 released, 7 expired. A row without a wallet is a tombstone: released before it was made.
CREATE TABLE hold (
    attempt_id  uuid        PRIMARY KEY,
    wallet_id   text        NULL REFERENCES wallet,
    bound       bigint      NOT NULL CHECK (bound >= 0),
    held        bigint      NOT NULL CHECK (held >= 0 AND held <= bound),
    state       smallint    NOT NULL CHECK (state BETWEEN 1 AND 7),
    reported    bigint      NULL CHECK (reported >= 0),
    reason      text        NOT NULL DEFAULT '',
    expires_at  timestamptz NULL,
    sent_at     timestamptz NULL,
    -- What the attempt is about, as its caller said: what an operator needs to record its usage later.
    context     jsonb       NOT NULL DEFAULT '{}',
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    ended_at    timestamptz NULL,
    CONSTRAINT hold_tombstone_is_released CHECK (wallet_id IS NOT NULL OR state = 6),
    CONSTRAINT hold_ended_holds_nothing CHECK (state <= 4 OR held = 0),
    CONSTRAINT hold_end_has_a_moment CHECK ((state >= 5) = (ended_at IS NOT NULL))
) WITH (fillfactor = 80);

CREATE INDEX hold_open ON hold (attempt_id) WHERE state <= 4;
CREATE INDEX hold_expiry ON hold (expires_at) WHERE state = 1;
CREATE INDEX hold_unreported ON hold (sent_at) WHERE state = 2;

-- Attempts refused for lack of funds: a repeat is refused again and not counted twice.
CREATE TABLE denied_attempt (
    attempt_id  uuid        PRIMARY KEY,
    recorded_at timestamptz NOT NULL
);

-- What was posted for a usage record, once; its amounts are in its transfers.
CREATE TABLE posting (
    posting_id  uuid        PRIMARY KEY,
    attempt_id  uuid        NOT NULL,
    wallet_id   text        NOT NULL REFERENCES wallet,
    model       text        NOT NULL,
    funding     text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE INDEX posting_attempt ON posting (attempt_id, posting_id);

-- Sets a bound aside in one round trip: the wallet's lock lives no longer than this statement and its commit. It changes something only when nothing stands
-- against it; what it found is the answer, from which the service names the outcome.
CREATE FUNCTION hold_create(
    p_attempt uuid, p_transfer uuid, p_team text, p_bound bigint, p_currency text, p_sent boolean, p_expires timestamptz,
    p_context jsonb, p_actor text, p_occurred timestamptz, p_now timestamptz,
    OUT wallet_id text, OUT wallet_currency text, OUT available bigint, OUT created boolean, OUT denied boolean,
    OUT held_state smallint, OUT held_wallet text, OUT held_bound bigint)
LANGUAGE plpgsql AS $$
DECLARE
    w wallet%ROWTYPE;
BEGIN
    created := false;
    denied := false;
    SELECT * INTO w FROM wallet WHERE team_id = p_team FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    wallet_id := w.wallet_id;
    wallet_currency := w.currency;
    available := w.available;
    SELECT h.state, h.wallet_id, h.bound INTO held_state, held_wallet, held_bound FROM hold h WHERE h.attempt_id = p_attempt;
    denied := EXISTS (SELECT FROM denied_attempt d WHERE d.attempt_id = p_attempt);
    IF held_state IS NOT NULL OR denied OR w.currency <> p_currency OR w.available < p_bound THEN
        RETURN;
    END IF;
    INSERT INTO hold (attempt_id, wallet_id, bound, held, state, expires_at, sent_at, context, occurred_at, recorded_at)
    VALUES (p_attempt, w.wallet_id, p_bound, p_bound, CASE WHEN p_sent THEN 2 ELSE 1 END, p_expires, CASE WHEN p_sent THEN p_now END, p_context, p_occurred, p_now)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        -- Another team's hold took the id in this moment.
        SELECT h.state, h.wallet_id, h.bound INTO held_state, held_wallet, held_bound FROM hold h WHERE h.attempt_id = p_attempt;
        RETURN;
    END IF;
    UPDATE wallet SET available = w.available - p_bound, held = w.held + p_bound WHERE wallet.wallet_id = w.wallet_id;
    INSERT INTO transfer (
        transfer_id, kind, amount, from_wallet, from_account, from_before, from_after, to_wallet, to_account, to_before, to_after,
        available_before, available_after, actor, description, reference, attempt_id, occurred_at, recorded_at)
    VALUES (
        p_transfer, 3, p_bound, w.wallet_id, 2, w.available, w.available - p_bound, w.wallet_id, 3, w.held, w.held + p_bound,
        w.available, w.available - p_bound, p_actor, '', '', p_attempt, p_occurred, p_now);
    created := true;
    available := w.available - p_bound;
END $$;

-- Takes a hold one step further if it still stands as the service saw it when it decided: the wallet's lock is held no longer than this statement and its
-- commit, never while the service thinks. Moves are (kind, from account, to account, amount) in order; only accounts 2 to 5 of one wallet. False: decide again.
CREATE FUNCTION hold_apply(
    p_attempt uuid, p_seen_state smallint, p_seen_held bigint, p_seen_reported bigint,
    p_state smallint, p_held bigint, p_reported bigint, p_reason text, p_expires timestamptz, p_sent timestamptz,
    p_transfers uuid[], p_kinds smallint[], p_froms smallint[], p_tos smallint[], p_amounts bigint[], p_actor text, p_now timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    w wallet%ROWTYPE;
    h hold%ROWTYPE;
    balances bigint[];
    available_before bigint;
BEGIN
    SELECT * INTO w FROM wallet WHERE wallet_id = (SELECT wallet_id FROM hold WHERE attempt_id = p_attempt) FOR UPDATE;
    SELECT * INTO h FROM hold WHERE attempt_id = p_attempt;
    IF h.state <> p_seen_state OR h.held <> p_seen_held OR h.reported IS DISTINCT FROM p_seen_reported THEN
        RETURN false;
    END IF;
    UPDATE hold
    SET state = p_state, held = p_held, reported = p_reported, reason = p_reason, expires_at = p_expires, sent_at = p_sent,
        ended_at = CASE WHEN p_state >= 5 THEN p_now END
    WHERE attempt_id = p_attempt;
    -- By account number: 1 funding (untouched here), 2 available, 3 held, 4 suspense, 5 spent.
    balances := ARRAY[0, w.available, w.held, w.suspense, w.spent];
    FOR i IN 1 .. cardinality(p_kinds) LOOP
        available_before := balances[2];
        balances[p_froms[i]] := balances[p_froms[i]] - p_amounts[i];
        balances[p_tos[i]] := balances[p_tos[i]] + p_amounts[i];
        INSERT INTO transfer (
            transfer_id, kind, amount, from_wallet, from_account, from_before, from_after, to_wallet, to_account, to_before, to_after,
            available_before, available_after, actor, description, reference, attempt_id, occurred_at, recorded_at)
        VALUES (
            p_transfers[i], p_kinds[i], p_amounts[i], w.wallet_id, p_froms[i], balances[p_froms[i]] + p_amounts[i], balances[p_froms[i]],
            w.wallet_id, p_tos[i], balances[p_tos[i]] - p_amounts[i], balances[p_tos[i]], available_before, balances[2], p_actor, '', '', p_attempt,
            h.occurred_at, p_now);
    END LOOP;
    IF cardinality(p_kinds) > 0 THEN
        UPDATE wallet SET available = balances[2], held = balances[3], suspense = balances[4], spent = balances[5] WHERE wallet_id = w.wallet_id;
    END IF;
    RETURN true;
END $$;
