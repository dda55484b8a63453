-- What pages of wallets are found by (docs/decisions/0257). No index here is of a figure that every call changes: an update that changes no indexed column stays on its page of the table and
-- touches no index, and those of balances must. An update that does writes into all of them, and each locks all: what people ask for now and then (frozen wallets, beginnings of names)
-- reads the table.

-- To a snapshot that is older than the rewrite below the table is empty: a verification would find entries without wallets, and what a wallet had spent at an hour be looked up as 0 and kept.
-- So a round of verification is waited for before anything is locked (VerificationStore), and look-ups are kept away, which lock spent_mark before they look (SpentMarkStore). Both take wallet last, as here.
SELECT pg_advisory_xact_lock(82825596719689);
LOCK TABLE spent_mark IN SHARE ROW EXCLUSIVE MODE;

-- How much is left (available, and held without what leases have drawn for good) of what was there when money last came in: 0 nothing; 1 to 100 the whole percents that are left and one more;
-- 101 all of it or more; 102 nobody has put money in, or all was taken back unspent. It changes a hundred times between two refills, whatever the number of calls.
ALTER TABLE wallet ADD COLUMN left_level smallint NOT NULL GENERATED ALWAYS AS (
    CASE
        WHEN credited = 0 AND overage = 0 AND available = 0 AND held = 0 AND suspense = 0 AND spent = 0 THEN 102
        WHEN available + held - least(greatest(leased_drawn, 0), held) = 0 THEN 0
        WHEN available + held - least(greatest(leased_drawn, 0), held) >= low_base THEN 101
        ELSE 1 + div((available + held - least(greatest(leased_drawn, 0), held))::numeric * 100, low_base::numeric)
    END) STORED,
    -- Whether, not how much: by how much an observing wallet without money is overdrawn changes with each of its calls.
    ADD COLUMN overdrawn boolean NOT NULL GENERATED ALWAYS AS (overage > 0) STORED;

-- The organisation's, then each team's, followed by those of its applications and of its users.
CREATE INDEX wallet_in_order ON wallet (coalesce(team_id, ''), wallet_id);
-- The same of one scope: see WalletScope.
CREATE INDEX wallet_of_scope ON wallet (
    (CASE WHEN team_id IS NULL THEN 1 WHEN user_id IS NOT NULL THEN 3 WHEN application_id IS NOT NULL THEN 4 ELSE 2 END), coalesce(team_id, ''), wallet_id);
CREATE INDEX wallet_by_left ON wallet (left_level, wallet_id);
-- What somebody has to act on: frozen, overdrawn, or below its first low-balance level.
CREATE INDEX wallet_to_act_on ON wallet (left_level, wallet_id) WHERE frozen OR overdrawn OR left_level <= coalesce(low_percents[1], 0);

-- What is planned for a new index needs its figures, which a quiet table would not get for long.
ANALYZE wallet;
