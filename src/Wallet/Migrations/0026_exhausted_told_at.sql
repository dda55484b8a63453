-- When people heard last that a wallet is exhausted, since they put money in: refusals tell it again after a while only (docs/decisions/0271).
ALTER TABLE wallet ADD COLUMN exhausted_told_at timestamptz;
