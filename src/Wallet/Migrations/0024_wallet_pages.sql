-- What pages of wallets are found by (docs/decisions/0257). No index here is of a figure that every call changes: an update that changes no indexed column stays on its page of the table and
-- touches no index, and those of balances must.

-- How much is left (available, and held without what leases have drawn for good) of what was there when money last came in: 0 nothing; 1 to 100 the whole percents that are left and one more;
-- 101 all of it or more; 102 nobody has put money in, or all was taken back unspent. It changes a hundred times between two refills, whatever the number of calls.
ALTER TABLE wallet ADD COLUMN left_level smallint NOT NULL GENERATED ALWAYS AS (
    CASE
        WHEN credited = 0 AND overage = 0 AND available = 0 AND held = 0 AND suspense = 0 AND spent = 0 THEN 102
        WHEN available + held - least(greatest(leased_drawn, 0), held) = 0 THEN 0
        WHEN available + held - least(greatest(leased_drawn, 0), held) >= low_base THEN 101
        ELSE 1 + div((available + held - least(greatest(leased_drawn, 0), held))::numeric * 100, low_base::numeric)
    END) STORED;

-- The organisation's, then each team's, followed by those of its applications and of its users.
CREATE INDEX wallet_in_order ON wallet (coalesce(team_id, ''), wallet_id);
-- The same of one scope: see WalletScope.
CREATE INDEX wallet_of_scope ON wallet (
    (CASE WHEN team_id IS NULL THEN 1 WHEN user_id IS NOT NULL THEN 3 WHEN application_id IS NOT NULL THEN 4 ELSE 2 END), coalesce(team_id, ''), wallet_id);
CREATE INDEX wallet_by_left ON wallet (left_level, wallet_id);
-- What somebody has to act on: frozen, overdrawn, or below its first low-balance level.
CREATE INDEX wallet_to_act_on ON wallet (left_level, wallet_id) WHERE frozen OR overage > 0 OR left_level <= coalesce(low_percents[1], 0);
CREATE INDEX wallet_frozen ON wallet (wallet_id) WHERE frozen;
-- By the beginning of a name, or of a user's or an application's id; that of a wallet's id is in its key.
CREATE INDEX wallet_by_caller ON wallet (coalesce(user_id, application_id));
CREATE INDEX wallet_by_name ON wallet (lower(name));

-- What is planned for a new index needs its figures, which a quiet table would not get for long.
ANALYZE wallet;
