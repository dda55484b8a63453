-- Embeddings in the starter book: list prices in nano-dollars per million tokens of input; nothing is generated. Where the book has a price of the same model already, that
-- one stands.
WITH added AS (
    INSERT INTO price (
        provider, model, tier, currency, input_per_million, cached_input_per_million, cache_write_per_million, cache_write_hour_per_million, output_per_million,
        reasoning_per_million, per_request, effective_from, effective_to, source, recorded_at)
    SELECT 'openai', model, 'standard', 'USD', input, input, input, input, 0, 0, 0, '2024-01-01T00:00:00Z', NULL,
        'OpenAI list prices (openai.com/api/pricing), starter book of 2026-11-26', '2026-11-26T00:00:00Z'
    FROM (VALUES ('text-embedding-3-small', 20000000), ('text-embedding-3-large', 130000000)) AS starter (model, input)
    WHERE NOT EXISTS (SELECT FROM price p WHERE p.provider = 'openai' AND p.model = starter.model AND p.tier = 'standard')
    RETURNING price_id)
-- Usage of these models that is here without a cost has a price now.
INSERT INTO repricing (price_id, occurred_from, occurred_to, recorded_at) SELECT price_id, '2000-01-01T00:00:00Z', now(), now() FROM added;

UPDATE price_book SET revision = revision + 1;
