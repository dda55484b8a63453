-- What waits while its key, team or wallet is frozen waits as for funds (unfunded_until); what that has refused it with is no longer always the wallet's 402.
ALTER TABLE batch
    -- Of the refusal: 402, or 403 of a freeze. A version of before leaves it as it is.
    ADD COLUMN refusal_status int NOT NULL DEFAULT 402 CONSTRAINT batch_is_refused_for_money CHECK (refusal_status IN (402, 403));
