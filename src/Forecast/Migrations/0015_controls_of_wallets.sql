-- Caps, freezes and what wallets do when they are empty govern spend as well. Those of before were not heard of: Wallet's audit log has them.
ALTER TABLE control_event
    DROP CONSTRAINT control_event_kind_check,
    ADD CONSTRAINT control_event_kind_check CHECK (kind IN ('allocation', 'budget', 'policy', 'cap', 'freeze', 'wallet_policy'));
