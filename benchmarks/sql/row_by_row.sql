-- The baseline: a double-entry ledger as it is usually written in SQL. Every transfer is a transaction of its own: one function locks both accounts in order,
-- updates them, and inserts the transfer and its two entries with the balances they left.
CREATE TABLE account (
    account_id bigint PRIMARY KEY,
    balance    bigint NOT NULL CHECK (balance >= 0),
    version    bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE transfer (
    transfer_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_account bigint      NOT NULL REFERENCES account,
    to_account   bigint      NOT NULL REFERENCES account,
    amount       bigint      NOT NULL CHECK (amount > 0),
    reference    uuid        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE entry (
    entry_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id     bigint NOT NULL REFERENCES account,
    transfer_id    bigint NOT NULL REFERENCES transfer,
    amount         bigint NOT NULL,
    balance_before bigint NOT NULL,
    balance_after  bigint NOT NULL
);

CREATE INDEX entry_account ON entry (account_id, entry_id);

-- Account 0 is the hot one.
INSERT INTO account SELECT id, CASE WHEN id = 0 THEN 4000000000000000000 ELSE 0 END, 0 FROM generate_series(0, 1000) AS id;
ANALYZE account;

CREATE FUNCTION make_transfer(p_from bigint, p_to bigint, p_amount bigint, p_reference uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made        bigint;
    from_before bigint;
    to_before   bigint;
BEGIN
    PERFORM FROM account WHERE account_id IN (p_from, p_to) ORDER BY account_id FOR UPDATE;
    UPDATE account SET balance = balance - p_amount, version = version + 1 WHERE account_id = p_from RETURNING balance + p_amount INTO from_before;
    UPDATE account SET balance = balance + p_amount, version = version + 1 WHERE account_id = p_to RETURNING balance - p_amount INTO to_before;
    INSERT INTO transfer (from_account, to_account, amount, reference) VALUES (p_from, p_to, p_amount, p_reference) RETURNING transfer_id INTO made;
    INSERT INTO entry (account_id, transfer_id, amount, balance_before, balance_after)
    VALUES (p_from, made, -p_amount, from_before, from_before - p_amount), (p_to, made, p_amount, to_before, to_before + p_amount);
    RETURN made;
END $$;
