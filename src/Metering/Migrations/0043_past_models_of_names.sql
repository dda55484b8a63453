-- The models that a name stood for before: what was rated at one of them follows that one's prices still (docs/decisions/0219).
ALTER TABLE price_alias ADD COLUMN past_models text[] NOT NULL DEFAULT '{}';

-- Of names that were given to another model before, the prices that their usage was rated at tell.
UPDATE price_alias AS named SET past_models = array_remove(rated.models, named.model)
FROM (
    SELECT r.provider, r.model_served AS alias, array_agg(DISTINCT p.model ORDER BY p.model) AS models
    FROM usage_record r JOIN price p ON p.price_id = r.price_id AND p.provider = r.provider AND p.model <> r.model_served
    WHERE (r.provider, r.model_served) IN (SELECT provider, alias FROM price_alias)
    GROUP BY 1, 2) AS rated
WHERE named.provider = rated.provider AND named.alias = rated.alias AND rated.models <> ARRAY[named.model];
