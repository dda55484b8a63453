-- What names were rated at before they came to stand for their models: a handful of rows, read before anything is locked. Names of the starter book have stood for one model only, and who has no others
-- reads no record; what occurred since the last name was given belongs to no past, so its months are left out.
CREATE TEMP TABLE rated_name ON COMMIT DROP AS
SELECT DISTINCT provider, model_served AS alias, price_id
FROM usage_record
WHERE price_id IS NOT NULL
    AND occurred_at < (SELECT max(recorded_at) FROM price_alias WHERE recorded_at <> '2026-11-26T00:00:00Z' OR source NOT LIKE 'starter book of %')
    AND (provider, model_served) IN (SELECT provider, alias FROM price_alias WHERE recorded_at <> '2026-11-26T00:00:00Z' OR source NOT LIKE 'starter book of %');

-- The models that a name stood for before: what was rated at one of them follows that one's prices still (docs/decisions/0219).
ALTER TABLE price_alias ADD COLUMN past_models text[] NOT NULL DEFAULT '{}';

-- Of names that were given to another model before, the prices that their usage was rated at tell.
UPDATE price_alias AS named SET past_models = array_remove(rated.models, named.model)
FROM (
    SELECT r.provider, r.alias, array_agg(DISTINCT p.model ORDER BY p.model) AS models
    FROM rated_name r JOIN price p ON p.price_id = r.price_id AND p.provider = r.provider AND p.model <> r.alias
    GROUP BY 1, 2) AS rated
WHERE named.provider = rated.provider AND named.alias = rated.alias AND rated.models <> ARRAY[named.model];
