-- Work that waits takes turns by team; what a wallet cannot pay waits for an allocation, until the last window in which it may has closed.
ALTER TABLE batch
    -- In how many windows it may wait for funds, the one in which they first lacked included.
    ADD COLUMN windows        int         NOT NULL DEFAULT 1 CONSTRAINT batch_waits_for_some_windows CHECK (windows BETWEEN 1 AND 31),
    -- When the last of them closes: what is not paid by then has failed. Null: funds do not lack.
    ADD COLUMN unfunded_until timestamptz NULL,
    -- Nothing of it begins before: a few items show whether there are funds again, not all of them.
    ADD COLUMN asked_again_at timestamptz NULL,
    -- The wallet's last refusal, for items that fail without having been tried.
    ADD COLUMN refusal        bytea       NOT NULL DEFAULT '';
ALTER TABLE batch_item
    -- Those of its tries that the wallet refused.
    ADD COLUMN unfunded_tries int         NOT NULL DEFAULT 0;
CREATE INDEX batch_item_of_batch ON batch_item (batch_id, not_before, position) WHERE state = 1;
CREATE INDEX batch_of_team_open ON batch (team_id, created_at, batch_id) WHERE ended_at IS NULL;
DROP INDEX batch_item_waiting;
