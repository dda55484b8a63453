-- What leases have drawn for calls that have ended, and no usage record has posted yet: held, and never to return. Low-balance levels count it as spent.
ALTER TABLE wallet ADD COLUMN leased_drawn bigint NOT NULL DEFAULT 0;

UPDATE wallet SET leased_drawn = l.drawn
FROM (SELECT wallet_id, sum(greatest(0, least(held, drawn - posted - suspended))) AS drawn FROM lease WHERE state <> 5 GROUP BY wallet_id) l
WHERE l.wallet_id = wallet.wallet_id;
