-- A price ends where the next one of its currency begins: those of another currency are none to an organisation, and must not end its own. So far one of the starter book, in
-- dollars, which begins later, ended a price in euros that was set before that day.
DROP INDEX price_begins;
DROP INDEX price_latest;

UPDATE price SET effective_to = following.effective_from
FROM (SELECT price_id, lead(effective_from) OVER (PARTITION BY provider, model, tier, region, currency ORDER BY effective_from) AS effective_from FROM price) AS following
WHERE price.price_id = following.price_id AND price.effective_to IS DISTINCT FROM following.effective_from;

CREATE UNIQUE INDEX price_begins ON price (provider, model, tier, region, currency, effective_from);
CREATE UNIQUE INDEX price_latest ON price (provider, model, tier, region, currency) WHERE effective_to IS NULL;

UPDATE price_book SET revision = revision + 1;
