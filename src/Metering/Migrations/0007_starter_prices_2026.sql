-- More of the starter book: list prices of 2026 in nano-dollars per million tokens, effective from 2024-01-01, so that imported history is priced. Where the book has
-- a price of the same model and tier already, that one stands.
CREATE TEMPORARY TABLE starter (
    provider text, model text, tier text, input numeric, cached_input numeric, cache_write numeric, cache_write_hour numeric, output numeric,
    above bigint, above_input numeric, above_cached_input numeric, above_cache_write numeric, above_cache_write_hour numeric, above_output numeric
) ON COMMIT DROP;

-- Dollars per million tokens. A cache write that a provider does not bill apart costs what input does.
INSERT INTO starter VALUES
    ('openai',    'gpt-5.6',             'standard',  5.00,  0.50,  6.25,    6.25,    30.00, 272000, 10.00, 1.00, 12.50, 12.50, 45.00),
    ('openai',    'gpt-5.6',             'batch',     2.50,  2.50,  2.50,    2.50,    15.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5.6',             'flex',      2.50,  0.25,  3.125,   3.125,   15.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5.6',             'priority', 10.00,  1.00, 12.50,   12.50,    60.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5.6-terra',       'standard',  2.50,  0.25,  3.125,   3.125,   15.00, 272000, 5.00,  0.50, 6.25,  6.25,  22.50),
    ('openai',    'gpt-5.6-terra',       'batch',     1.25,  1.25,  1.25,    1.25,     7.50, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5.6-terra',       'flex',      1.25,  0.125, 1.5625,  1.5625,   7.50, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5.6-terra',       'priority',  5.00,  0.50,  6.25,    6.25,    30.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5.6-luna',        'standard',  1.00,  0.10,  1.25,    1.25,     6.00, 272000, 2.00,  0.20, 2.50,  2.50,  9.00),
    ('openai',    'gpt-5.6-luna',        'batch',     0.50,  0.50,  0.50,    0.50,     3.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5.6-luna',        'flex',      0.50,  0.05,  0.625,   0.625,    3.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5.6-luna',        'priority',  2.00,  0.20,  2.50,    2.50,    12.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5.5',             'standard',  5.00,  0.50,  5.00,    5.00,    30.00, 272000, 10.00, 1.00, 10.00, 10.00, 45.00),
    ('openai',    'gpt-5.5',             'batch',     2.50,  2.50,  2.50,    2.50,    15.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5.5',             'flex',      2.50,  0.25,  2.50,    2.50,    15.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5.5',             'priority', 10.00,  1.00, 10.00,   10.00,    60.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5',               'standard',  1.25,  0.125, 1.25,    1.25,    10.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5',               'flex',      0.625, 0.0625,0.625,   0.625,    5.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5',               'priority',  2.50,  0.25,  2.50,    2.50,    20.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5-mini',          'standard',  0.25,  0.025, 0.25,    0.25,     2.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5-mini',          'flex',      0.125, 0.0125,0.125,   0.125,    1.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('openai',    'gpt-5-mini',          'priority',  0.45,  0.045, 0.45,    0.45,     3.60, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('anthropic', 'claude-haiku-4-5',    'standard',  1.00,  0.10,  1.25,    2.00,     5.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('anthropic', 'claude-sonnet-4-5',   'standard',  3.00,  0.30,  3.75,    6.00,    15.00, 200000, 6.00,  0.60, 7.50,  12.00, 22.50),
    ('anthropic', 'claude-sonnet-4-6',   'standard',  3.00,  0.30,  3.75,    6.00,    15.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('anthropic', 'claude-sonnet-5',     'standard',  2.00,  0.20,  2.50,    4.00,    10.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('anthropic', 'claude-opus-4-1',     'standard', 15.00,  1.50, 18.75,   30.00,    75.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('anthropic', 'claude-opus-4-5',     'standard',  5.00,  0.50,  6.25,   10.00,    25.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('anthropic', 'claude-opus-4-6',     'standard',  5.00,  0.50,  6.25,   10.00,    25.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('anthropic', 'claude-opus-4-7',     'standard',  5.00,  0.50,  6.25,   10.00,    25.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('gemini',    'gemini-2.5-flash-lite','standard', 0.10,  0.01,  0.10,    0.10,     0.40, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('mistral',   'mistral-large-2512',  'standard',  0.50,  0.50,  0.50,    0.50,     1.50, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('mistral',   'mistral-medium-2508', 'standard',  0.40,  0.40,  0.40,    0.40,     2.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('mistral',   'mistral-medium-2604', 'standard',  1.50,  1.50,  1.50,    1.50,     7.50, NULL,   NULL,  NULL, NULL,  NULL,  NULL),
    ('mistral',   'magistral-medium-2509','standard', 2.00,  2.00,  2.00,    2.00,     5.00, NULL,   NULL,  NULL, NULL,  NULL,  NULL);

WITH added AS (
    INSERT INTO price (
        provider, model, tier, currency, input_per_million, cached_input_per_million, cache_write_per_million, cache_write_hour_per_million, output_per_million,
        reasoning_per_million, per_request, effective_from, effective_to, source, recorded_at)
    SELECT provider, model, tier, 'USD', input * 1000000000, cached_input * 1000000000, cache_write * 1000000000, cache_write_hour * 1000000000,
        output * 1000000000, output * 1000000000, 0, '2024-01-01T00:00:00Z', NULL,
        'List prices as in LiteLLM''s community list of 2026, starter book of 2026-11-26', '2026-11-26T00:00:00Z'
    FROM starter s
    WHERE NOT EXISTS (SELECT FROM price p WHERE p.provider = s.provider AND p.model = s.model AND p.tier = s.tier)
    RETURNING price_id, provider, model, tier),
tiers AS (
    INSERT INTO price_context_tier
    SELECT a.price_id, s.above, s.above_input * 1000000000, s.above_cached_input * 1000000000, s.above_cache_write * 1000000000,
        s.above_cache_write_hour * 1000000000, s.above_output * 1000000000, s.above_output * 1000000000
    FROM added a JOIN starter s USING (provider, model, tier)
    WHERE s.above IS NOT NULL)
-- Usage of these models that is here without a cost has a price now.
INSERT INTO repricing (price_id, occurred_from, occurred_to, recorded_at) SELECT price_id, '2000-01-01T00:00:00Z', now(), now() FROM added;

-- Dated snapshots and other names with the same prices.
INSERT INTO price_alias (provider, alias, model, source, recorded_at)
SELECT provider, alias, model, 'starter book of 2026-11-26', '2026-11-26T00:00:00Z'
FROM (VALUES
    ('openai', 'gpt-4o-mini-2024-07-18', 'gpt-4o-mini'), ('openai', 'gpt-4.1-2025-04-14', 'gpt-4.1'), ('openai', 'gpt-4.1-mini-2025-04-14', 'gpt-4.1-mini'),
    ('openai', 'gpt-4.1-nano-2025-04-14', 'gpt-4.1-nano'), ('openai', 'o4-mini-2025-04-16', 'o4-mini'), ('openai', 'gpt-4o-2024-08-06', 'gpt-4o'),
    ('openai', 'gpt-5-2025-08-07', 'gpt-5'), ('openai', 'gpt-5-mini-2025-08-07', 'gpt-5-mini'), ('openai', 'gpt-5.6-sol', 'gpt-5.6'),
    ('openai', 'gpt-5.5-2026-04-23', 'gpt-5.5'),
    ('anthropic', 'claude-haiku-4-5-20251001', 'claude-haiku-4-5'), ('anthropic', 'claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'),
    ('anthropic', 'claude-opus-4-1-20250805', 'claude-opus-4-1'), ('anthropic', 'claude-opus-4-5-20251101', 'claude-opus-4-5'),
    ('anthropic', 'claude-opus-4-6-20260205', 'claude-opus-4-6'), ('anthropic', 'claude-opus-4-7-20260416', 'claude-opus-4-7'),
    ('mistral', 'mistral-large-3', 'mistral-large-2512'), ('mistral', 'mistral-large-latest', 'mistral-large-2512'),
    ('mistral', 'mistral-medium-latest', 'mistral-medium-2604'), ('mistral', 'magistral-medium-latest', 'magistral-medium-2509')
) AS named (provider, alias, model)
WHERE NOT EXISTS (SELECT FROM price p WHERE p.provider = named.provider AND p.model = named.alias)
ON CONFLICT DO NOTHING;

UPDATE price_book SET revision = revision + 1;
