-- How long a rate limit has held an item back is delayed demand, told when it lets it through.
ALTER TABLE batch_item
    -- When a limit first refused it; null: none holds it back. Who refuses it after that, wallet or provider, ends that wait.
    ADD COLUMN limited_since timestamptz NULL;
