-- A price that was mistyped can be set again from its own moment: the former then ends where it begins, and is in force at no moment (docs/decisions/0204).
ALTER TABLE price DROP CONSTRAINT price_check, ADD CONSTRAINT price_ends_after_it_begins CHECK (effective_to >= effective_from);

DROP INDEX price_begins;
CREATE UNIQUE INDEX price_begins ON price (provider, model, tier, region, currency, effective_from) WHERE effective_to IS DISTINCT FROM effective_from;
