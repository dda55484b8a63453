-- Allocations with periods, and what statements, filters and corrections look up.

-- A plan to move money to a wallet from the one above it; of an allocation that was made at once with a period, the record of it.
CREATE TABLE allocation (
    allocation_id uuid        PRIMARY KEY,
    wallet_id     text        NOT NULL REFERENCES wallet,
    amount        bigint      NOT NULL CHECK (amount > 0),
    -- 1 once, 2 monthly.
    recurrence    smallint    NOT NULL CHECK (recurrence IN (1, 2)),
    time_zone     text        NOT NULL,
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz NULL,
    -- 0 no end, 1 unspent returns to the wallet above, 2 it stays.
    at_end        smallint    NOT NULL CHECK (at_end BETWEEN 0 AND 2),
    -- 1 planned, 2 waiting for the wallet above, 3 done, 4 cancelled.
    state         smallint    NOT NULL CHECK (state BETWEEN 1 AND 4),
    due_at        timestamptz NULL,
    waiting_since timestamptz NULL,
    missing       bigint      NOT NULL DEFAULT 0 CHECK (missing >= 0),
    description   text        NOT NULL,
    actor         text        NOT NULL,
    created_at    timestamptz NOT NULL,
    CONSTRAINT allocation_is_due_while_it_lasts CHECK ((state <= 2) = (due_at IS NOT NULL)),
    CONSTRAINT allocation_ends_after_it_starts CHECK (ends_at > starts_at),
    CONSTRAINT allocation_with_an_end_has_its_rule CHECK ((at_end > 0) = (ends_at IS NOT NULL OR recurrence = 2))
);

CREATE INDEX allocation_due ON allocation (due_at) WHERE state <= 2;
CREATE INDEX allocation_of_wallet ON allocation (wallet_id, created_at);

-- The unspent money of a wallet by the end of its period. Only wallets that have money with an end have rows; then one of them, without an end, is the rest.
-- remaining is as of the last time that one of them began or ended: what was spent since is told by the wallet's balances (see SpendOrder). Spending writes nothing here.
CREATE TABLE allocation_period (
    period_id     uuid        PRIMARY KEY,
    allocation_id uuid        NULL REFERENCES allocation,
    wallet_id     text        NOT NULL REFERENCES wallet,
    transfer_id   uuid        NULL,
    amount        bigint      NOT NULL CHECK (amount >= 0),
    remaining     bigint      NOT NULL CHECK (remaining >= 0),
    returned      bigint      NOT NULL DEFAULT 0 CHECK (returned >= 0),
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz NULL,
    at_end        smallint    NOT NULL CHECK (at_end BETWEEN 0 AND 2),
    -- 1 running, 2 over but part of what must return is still set aside, 3 ended.
    state         smallint    NOT NULL CHECK (state BETWEEN 1 AND 3),
    ended_at      timestamptz NULL,
    CONSTRAINT period_ends_after_it_starts CHECK (ends_at > starts_at),
    CONSTRAINT period_with_an_end_is_of_an_allocation CHECK ((ends_at IS NULL) = (allocation_id IS NULL) AND (at_end = 0) = (ends_at IS NULL)),
    CONSTRAINT period_returns_what_it_brought CHECK (ends_at IS NULL OR remaining + returned <= amount),
    CONSTRAINT period_ended_keeps_nothing CHECK ((state = 3) = (ended_at IS NOT NULL) AND (state < 3 OR remaining = 0))
);

-- An allocation takes effect once for each period.
CREATE UNIQUE INDEX allocation_period_once ON allocation_period (allocation_id, starts_at);
CREATE UNIQUE INDEX allocation_period_without_end ON allocation_period (wallet_id) WHERE ends_at IS NULL AND state < 3;
CREATE INDEX allocation_period_open ON allocation_period (wallet_id) WHERE state < 3;
CREATE INDEX allocation_period_due ON allocation_period (ends_at) WHERE state < 3 AND ends_at IS NOT NULL;
CREATE INDEX allocation_period_transfer ON allocation_period (transfer_id) WHERE transfer_id IS NOT NULL;

-- The earliest end of a period whose unspent money must return: a lease may not outlive it.
ALTER TABLE wallet ADD COLUMN boundary_at timestamptz NULL;

-- By kind as well, at no more cost than before: a filter by kind and the balance of an account at a moment (from the last transfer of a kind that touches it) are then
-- a look at one place, however long the wallet's history. All kinds together are the merge of thirteen short scans. By the sequence's negative, so that who orders by
-- that can only be served by these indexes (see TransferStore).
DROP INDEX transfer_to_wallet;
DROP INDEX transfer_from_other_wallet;
CREATE INDEX transfer_to_wallet ON transfer (to_wallet, kind, (-transfer_seq));
CREATE INDEX transfer_from_other_wallet ON transfer (from_wallet, kind, (-transfer_seq)) WHERE from_wallet <> to_wallet;

-- The life of an attempt, and the check that what is set aside for it is what its hold says.
CREATE INDEX transfer_attempt ON transfer (attempt_id) WHERE attempt_id IS NOT NULL;

-- Transfers of people (top-up, allocation, reclaim, transfer, correction, expiry) are found by their id, and taken back at most once.
CREATE UNIQUE INDEX transfer_of_people ON transfer (transfer_id) WHERE kind IN (1, 2, 9, 10, 12, 13);
CREATE UNIQUE INDEX transfer_corrected_once ON transfer (corrects) WHERE corrects IS NOT NULL;

-- The sequence of a wallet's last transfer of a kind that was recorded before a moment, on the receiving side or on the giving one; 0 when there is none. Within a
-- wallet, recorded_at never goes back as the sequence grows, so halving finds it; nothing is read but a few dozen places of an index.
CREATE FUNCTION transfer_before(p_wallet text, p_kind smallint, p_moment timestamptz, p_giving boolean) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    -- The answer is low or lies between low and high; what low names was recorded before the moment.
    low bigint := 0;
    high bigint;
    middle bigint;
    found_seq bigint;
    found_at timestamptz;
BEGIN
    IF p_giving THEN
        SELECT transfer_seq, recorded_at INTO found_seq, found_at FROM transfer
        WHERE from_wallet = p_wallet AND from_wallet <> to_wallet AND kind = p_kind ORDER BY -transfer_seq LIMIT 1;
    ELSE
        SELECT transfer_seq, recorded_at INTO found_seq, found_at FROM transfer
        WHERE to_wallet = p_wallet AND kind = p_kind ORDER BY -transfer_seq LIMIT 1;
    END IF;
    IF found_seq IS NULL OR found_at < p_moment THEN
        RETURN coalesce(found_seq, 0);
    END IF;
    high := found_seq - 1;
    WHILE low < high LOOP
        middle := low + (high - low) / 2;
        IF p_giving THEN
            SELECT transfer_seq, recorded_at INTO found_seq, found_at FROM transfer
            WHERE from_wallet = p_wallet AND from_wallet <> to_wallet AND kind = p_kind AND -transfer_seq < -middle ORDER BY -transfer_seq DESC LIMIT 1;
        ELSE
            SELECT transfer_seq, recorded_at INTO found_seq, found_at FROM transfer
            WHERE to_wallet = p_wallet AND kind = p_kind AND -transfer_seq < -middle ORDER BY -transfer_seq DESC LIMIT 1;
        END IF;
        IF found_at < p_moment THEN
            low := found_seq;
        ELSE
            high := middle;
        END IF;
    END LOOP;
    RETURN low;
END $$;

-- A wallet at a moment: the last transfer before it, and the balances that it and the last ones that touched spent and overage left. Accounts and kinds by number: see
-- Account and TransferKind. Settlements, overage and refunds always touch spent; overage and repayments always touch overage.
CREATE FUNCTION wallet_at(p_wallet text, p_moment timestamptz, OUT last_seq bigint, OUT available bigint, OUT spent bigint, OUT overage bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    last_spent bigint := 0;
    last_overage bigint := 0;
    found bigint;
BEGIN
    last_seq := 0;
    FOR k IN 1 .. 13 LOOP
        found := transfer_before(p_wallet, k::smallint, p_moment, false);
        last_seq := greatest(last_seq, found);
        IF k IN (4, 7, 11) THEN
            last_spent := greatest(last_spent, found);
        END IF;
        IF k IN (7, 8) THEN
            last_overage := greatest(last_overage, found);
        END IF;
        IF k IN (2, 9, 10, 12, 13) THEN
            last_seq := greatest(last_seq, transfer_before(p_wallet, k::smallint, p_moment, true));
        END IF;
    END LOOP;
    SELECT CASE WHEN t.to_wallet = p_wallet THEN t.available_after ELSE t.from_after END INTO available FROM transfer t WHERE t.transfer_seq = last_seq;
    SELECT CASE WHEN t.to_account = 5 THEN t.to_after ELSE t.from_after END INTO spent FROM transfer t WHERE t.transfer_seq = last_spent;
    SELECT CASE WHEN t.to_account = 6 THEN -t.to_after ELSE -t.from_after END INTO overage FROM transfer t WHERE t.transfer_seq = last_overage;
    available := coalesce(available, 0);
    spent := coalesce(spent, 0);
    overage := coalesce(overage, 0);
END $$;

-- All that was spent of a wallet before a moment, less refunds.
CREATE FUNCTION wallet_spent_at(p_wallet text, p_moment timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT CASE WHEN t.to_account = 5 THEN t.to_after ELSE t.from_after END FROM transfer t
        WHERE t.transfer_seq = (SELECT max(transfer_before(p_wallet, k, p_moment, false)) FROM unnest('{4,7,11}'::smallint[]) AS k)), 0)
$$;

-- How far each wallet's entries have been verified, and the balances that they made up to there: the next verification goes on from here. Only what was found consistent
-- moves it on.
CREATE TABLE verified_wallet (
    wallet_id        text        PRIMARY KEY REFERENCES wallet,
    position         bigint      NOT NULL,
    -- Signed balances by account number, funding first.
    balances         bigint[]    NOT NULL CHECK (cardinality(balances) = 6),
    last_recorded_at timestamptz NULL,
    verified_at      timestamptz NOT NULL
);
