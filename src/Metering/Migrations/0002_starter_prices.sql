-- The starter book: list prices in nano-dollars per million tokens. Effective from 2024-01-01, so that imported history is priced.
-- Reasoning is billed as output and a cache write as input by this provider.
INSERT INTO price (
    provider, model, currency, input_per_million, cached_input_per_million, cache_write_per_million, output_per_million, reasoning_per_million,
    per_request, effective_from, effective_to, source, recorded_at)
SELECT
    'openai', model, 'USD', input, cached_input, input, output, output,
    0, '2024-01-01T00:00:00Z', NULL, 'OpenAI list prices (openai.com/api/pricing), starter book of 2026-11-24', '2026-11-24T00:00:00Z'
FROM (VALUES
    ('gpt-4o-mini',    150000000,   75000000,   600000000),
    ('gpt-4o',        2500000000, 1250000000, 10000000000),
    ('gpt-4.1',       2000000000,  500000000,  8000000000),
    ('gpt-4.1-mini',   400000000,  100000000,  1600000000),
    ('gpt-4.1-nano',   100000000,   25000000,   400000000),
    ('o4-mini',       1100000000,  275000000,  4400000000)
) AS starter (model, input, cached_input, output);
