-- What low-balance levels are percent of: what was left when people last put money in, less what they moved on since. Percent of all that was ever put in left a wallet
-- that is refilled each month low for good. For wallets of before: what was available right after money last came in, and never more than was put in at all.
ALTER TABLE wallet ADD COLUMN low_base bigint NOT NULL DEFAULT 0 CHECK (low_base >= 0);

-- Kinds of people's transfers by number (see TransferKind): top-up, allocation, reclaim, transfer, correction, expiry.
UPDATE wallet w SET low_base = least(greatest(0, w.credited - w.moved_out), greatest(w.available + w.held, coalesce(t.available_after, 0)))
FROM wallet one
LEFT JOIN LATERAL (SELECT max(transfer_before(one.wallet_id, kind, 'infinity', false)) AS seq FROM unnest('{1,2,9,10,12,13}'::smallint[]) AS kind) last ON true
LEFT JOIN transfer t ON t.transfer_seq = last.seq
WHERE one.wallet_id = w.wallet_id;
