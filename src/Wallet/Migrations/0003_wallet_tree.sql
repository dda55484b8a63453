-- The wallet tree: organisation, then teams, then users and applications of a team; and what a wallet's owner decides about it.

ALTER TABLE wallet
    ADD COLUMN parent_id          text        NULL REFERENCES wallet,
    ADD COLUMN user_id            text        NULL,
    ADD COLUMN application_id     text        NULL,
    -- Nothing is set aside from a frozen wallet; what was set aside before ends as ever.
    ADD COLUMN frozen             boolean     NOT NULL DEFAULT false,
    -- Would-be refusals are recorded instead of refused. Outside the ceiling's claim.
    ADD COLUMN observe            boolean     NOT NULL DEFAULT false,
    -- Calls that this wallet cannot cover are charged to the organisation's, and marked.
    ADD COLUMN overflow_to_parent boolean     NOT NULL DEFAULT false,
    -- How long a call waits for funds before it is refused; 0: not at all.
    ADD COLUMN empty_wait_seconds smallint    NOT NULL DEFAULT 0 CHECK (empty_wait_seconds BETWEEN 0 AND 60),
    -- Levels in percent of what was put in, below which WalletLow is published once a crossing.
    ADD COLUMN low_percents       smallint[]  NOT NULL DEFAULT '{20}',
    -- The lowest level announced since available was last above it: 101 none, 0 that the wallet is exhausted.
    ADD COLUMN low_announced      smallint    NOT NULL DEFAULT 101,
    -- Somebody waits for this wallet's available money until then: whoever makes some notifies.
    ADD COLUMN awaited_until      timestamptz NULL,
    -- Of the newest transfer: a wallet's transfers never go back in time, whatever the clocks of the replicas say.
    ADD COLUMN last_recorded_at   timestamptz NULL,
    ADD CONSTRAINT wallet_is_of_one_owner CHECK (user_id IS NULL OR application_id IS NULL),
    ADD CONSTRAINT wallet_below_a_team CHECK (team_id IS NOT NULL OR (user_id IS NULL AND application_id IS NULL));

UPDATE wallet SET parent_id = 'wal_organisation' WHERE team_id IS NOT NULL;

ALTER TABLE wallet DROP CONSTRAINT wallet_team_id_key;
CREATE UNIQUE INDEX wallet_of_owner ON wallet (team_id, coalesce(user_id, ''), coalesce(application_id, ''));

ALTER TABLE transfer
    -- Sum of 1 (overflow: charged to the organisation for a wallet below) and 2 (observed: would have been refused).
    ADD COLUMN marks    smallint NOT NULL DEFAULT 0,
    -- The lease that the money was set aside for; null for direct holds and for people's transfers.
    ADD COLUMN lease_id uuid     NULL,
    -- The transfer that this one takes back.
    ADD COLUMN corrects uuid     NULL;

-- Whose call it is, which the charged wallet alone does not say any longer.
ALTER TABLE hold
    ADD COLUMN team_id        text     NOT NULL DEFAULT '',
    ADD COLUMN user_id        text     NOT NULL DEFAULT '',
    ADD COLUMN application_id text     NOT NULL DEFAULT '',
    ADD COLUMN marks          smallint NOT NULL DEFAULT 0,
    -- Set when the hold is an unknown attempt that was taken out of a lease.
    ADD COLUMN lease_id       uuid     NULL;

UPDATE hold h SET team_id = coalesce(w.team_id, '') FROM wallet w WHERE w.wallet_id = h.wallet_id;
