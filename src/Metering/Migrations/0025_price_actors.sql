-- The key that set a price or an alias; empty for those that came with the platform, and for older ones.
ALTER TABLE price ADD COLUMN set_by text NOT NULL DEFAULT '';
ALTER TABLE price_alias ADD COLUMN set_by text NOT NULL DEFAULT '';
