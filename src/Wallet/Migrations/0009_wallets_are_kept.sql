-- Who writes a transfer, a hold or a posting has locked its wallet's row before, so a foreign key's look-up for each row finds nothing and costs a quarter of the ledger's
-- writes. What it would guard is guarded here, where it can break: a wallet is never removed. The verification looks for entries without a wallet.
CREATE TRIGGER wallet_is_kept BEFORE DELETE ON wallet FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER wallets_are_kept BEFORE TRUNCATE ON wallet FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE transfer DROP CONSTRAINT transfer_from_wallet_fkey, DROP CONSTRAINT transfer_to_wallet_fkey;
ALTER TABLE hold DROP CONSTRAINT hold_wallet_id_fkey;
ALTER TABLE posting DROP CONSTRAINT posting_wallet_id_fkey;
