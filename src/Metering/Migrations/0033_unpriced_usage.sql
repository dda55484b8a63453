-- Usage that was left without a cost though there is a price: because its name had a price of its own of another tier or time, which hid that of the model that it stands for (until
-- decision 0125), or because its price ended too early. It is owed to every price that may be its own, from the first such record to the last; which one rates it, if any, is
-- decided as for a price that comes late.
INSERT INTO repricing (price_id, occurred_from, occurred_to, recorded_at)
SELECT p.price_id, min(waiting.first), max(waiting.last) + interval '1 microsecond', now()
FROM (
    SELECT provider, model_served AS model, service_tier AS tier, currency, min(occurred_at) AS first, max(occurred_at) AS last
    FROM usage_record r
    WHERE cost_nanos IS NULL AND source <> 'import:/undo'
      AND NOT EXISTS (SELECT FROM usage_record c WHERE c.corrects_record_id = r.record_id AND c.source IN ('pricing', 'import:/undo'))
    GROUP BY 1, 2, 3, 4) AS waiting
    JOIN price p ON p.provider = waiting.provider AND p.tier = waiting.tier AND p.currency = waiting.currency
      AND (p.model = waiting.model
        OR p.model = (SELECT a.model FROM price_alias a WHERE a.provider = waiting.provider AND a.alias = waiting.model))
GROUP BY p.price_id;
