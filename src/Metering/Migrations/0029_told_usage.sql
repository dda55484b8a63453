-- One row: what others than gateways have told, and what prices have corrected, added up for ever. The intake keeps it below half of what 64 bits hold, so that no sum
-- of any part of what is recorded can leave them (docs/decisions/0113). Wider than that, because one event too many must be seen to be refused.
CREATE TABLE usage_told (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    cost_nanos numeric NOT NULL,
    tokens     numeric NOT NULL,
    calls      numeric NOT NULL
) WITH (fillfactor = 50);

-- Sources are in no sum: usage of before counts by its funding, and a gateway's is leased (1).
INSERT INTO usage_told (cost_nanos, tokens, calls)
SELECT coalesce(sum(cost_nanos), 0), coalesce(sum(input_tokens + output_tokens), 0), coalesce(sum(calls), 0) FROM usage_summary WHERE grain = 2 AND funding <> 1;

-- Wallet keeps what a cap does not count itself, in the step that sets the cap: nothing is to be remembered here.
ALTER TABLE budget DROP COLUMN cap_base_nanos, DROP COLUMN cap_base_until;
