-- What the request that handed work in says to its provider beside the body: sent with each of its items.
ALTER TABLE batch
    -- Headers of Anthropic's interface; empty: none; null: nobody looked, for it was handed in before they were kept. Several lines of the latter are one, parted by commas.
    ADD COLUMN anthropic_version text NULL,
    ADD COLUMN anthropic_beta    text NULL;
