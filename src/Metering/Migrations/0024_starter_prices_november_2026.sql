-- The starter book in November 2026: the models that came since 0007, and list prices that were cut since. Figures stand in two sources at least, the provider's own page
-- among them where it could be read, or follow from a factor that the provider states; what sources do not agree on is left out (docs/operations.md, "A real provider").
--
-- A new model is priced from the day of its release: there is no usage of before. Where somebody has given it a price, or another name's price by an alias, that one stands.
-- A cut is a version of its own from its day on, and only where the starter book's own price is in force alone. What was rated since that day stays as it was rated.
SET LOCAL TIME ZONE 'UTC';

CREATE TEMPORARY TABLE listed (
    provider text, model text, since timestamptz, input numeric, cached_input numeric, cache_write numeric, cache_write_hour numeric, output numeric,
    -- With more input than this the whole request costs so many times as much; null: never.
    above bigint, above_input_times numeric, above_output_times numeric,
    -- Tiers beside the standard one: all figures times 0.5 in batch and flex, times 2 in priority (which OpenAI has called fast since 2026-07-30).
    tiers text[], source text
) ON COMMIT DROP;

-- Dollars per million tokens. A cache write that a provider does not bill apart costs what input does.
INSERT INTO listed VALUES
    ('openai', 'gpt-6-astra',   '2026-09-03', 10.00, 1.00, 12.50,  12.50, 50.00, 272000, 2, 1.5, '{batch,flex,priority}', 'developers.openai.com/api/docs/models/gpt-6-astra'),
    ('openai', 'gpt-6-sol',     '2026-09-22',  2.00, 0.20,  2.50,   2.50, 10.00, 272000, 2, 1.5, '{batch,flex,priority}', 'developers.openai.com/api/docs/models/gpt-6-sol'),
    ('openai', 'gpt-6-luna',    '2026-09-22',  0.10, 0.01,  0.125, 0.125,  0.50, 272000, 2, 1.5, '{batch,flex,priority}', 'developers.openai.com/api/docs/models/gpt-6-luna'),
    ('openai', 'gpt-6.1-sol',   '2026-09-29',  2.00, 0.10,  2.50,   2.50, 10.00, 272000, 2, 1.5, '{batch,flex,priority}', 'developers.openai.com/api/docs/models/gpt-6.1-sol'),
    ('openai', 'gpt-6.1-terra', '2026-10-26',  1.00, 0.05,  1.25,   1.25,  5.00, 272000, 2, 1.5, '{batch,flex,priority}', 'developers.openai.com/api/docs/models/gpt-6.1-terra'),
    ('openai', 'gpt-6.2-astra', '2026-11-17',  8.00, 0.40, 10.00,  10.00, 40.00, 272000, 2, 1.5, '{batch,priority}',      'developers.openai.com/api/docs/models/gpt-6.2-astra'),
    ('openai', 'gpt-6.2-sol',   '2026-11-17',  2.00, 0.10,  2.50,   2.50, 10.00, 272000, 2, 1.5, '{batch,priority}',      'developers.openai.com/api/docs/models/gpt-6.2-sol'),
    ('anthropic', 'claude-opus-4-8',   '2026-05-28',  5.00, 0.50,  6.25,  10.00, 25.00, NULL, NULL, NULL, '{batch}', 'platform.claude.com/docs/en/about-claude/pricing'),
    ('anthropic', 'claude-fable-5',    '2026-06-09', 10.00, 1.00, 12.50,  20.00, 50.00, NULL, NULL, NULL, '{batch}', 'platform.claude.com/docs/en/about-claude/pricing'),
    ('anthropic', 'claude-opus-5',     '2026-07-24',  5.00, 0.50,  6.25,  10.00, 25.00, NULL, NULL, NULL, '{batch}', 'platform.claude.com/docs/en/about-claude/pricing'),
    ('anthropic', 'claude-fable-5-1',  '2026-09-01', 10.00, 0.25, 12.50,  20.00, 50.00, NULL, NULL, NULL, '{batch}', 'platform.claude.com/docs/en/about-claude/pricing'),
    ('anthropic', 'claude-opus-5-5',   '2026-09-22',  4.00, 0.20,  5.00,   8.00, 20.00, NULL, NULL, NULL, '{batch}', 'platform.claude.com/docs/en/about-claude/pricing'),
    ('anthropic', 'claude-sonnet-5-5', '2026-09-28',  2.00, 0.20,  2.50,   4.00, 10.00, NULL, NULL, NULL, '{batch}', 'platform.claude.com/docs/en/about-claude/pricing'),
    ('anthropic', 'claude-sonnet-5-5', '2026-10-07',  2.00, 0.10,  2.50,   4.00, 10.00, NULL, NULL, NULL, '{batch}', 'platform.claude.com/docs/en/about-claude/pricing'),
    ('anthropic', 'claude-haiku-5-5',  '2026-10-07',  0.10, 0.01,  0.125,  0.20,  0.50, 100000, 5,   5,   '{batch}', 'platform.claude.com/docs/en/about-claude/pricing'),
    -- Of Gemini those whose audio costs what text does, for the book has one price of input. What batches read from a cache does not cost half, so they are left out.
    -- The first stood at another price of caches in 2025.
    ('gemini', 'gemini-2.5-pro',         '2026-01-01', 1.25, 0.125, 1.25, 1.25, 10.00, 200000, 2, 1.5,  '{}', 'ai.google.dev/gemini-api/docs/pricing'),
    ('gemini', 'gemini-3.1-pro-preview', '2026-02-19', 2.00, 0.20,  2.00, 2.00, 12.00, 200000, 2, 1.5,  '{}', 'ai.google.dev/gemini-api/docs/pricing'),
    ('gemini', 'gemini-3.5-flash',      '2026-05-19', 1.50, 0.15,  1.50, 1.50,  9.00, NULL, NULL, NULL, '{}', 'ai.google.dev/gemini-api/docs/pricing'),
    ('gemini', 'gemini-3.5-flash-lite', '2026-07-21', 0.30, 0.03,  0.30, 0.30,  2.50, NULL, NULL, NULL, '{}', 'ai.google.dev/gemini-api/docs/pricing'),
    ('gemini', 'gemini-3.8-flash',      '2026-09-02', 0.75, 0.075, 0.75, 0.75,  3.75, NULL, NULL, NULL, '{}', 'ai.google.dev/gemini-api/docs/pricing'),
    -- As announced: the introductory price is that of 2026.
    ('gemini', 'gemini-3.8-flash',      '2027-01-01', 1.50, 0.15,  1.50, 1.50,  7.50, NULL, NULL, NULL, '{}', 'ai.google.dev/gemini-api/docs/pricing'),
    ('mistral', 'mistral-embed',        '2023-12-11', 0.10, 0.10,  0.10, 0.10,  0.00, NULL, NULL, NULL, '{}', 'docs.mistral.ai/models/mistral-embed-23-12');

-- The new price of a tier that the starter book has.
CREATE TEMPORARY TABLE cut (
    provider text, model text, tier text, since timestamptz, input numeric, cached_input numeric, cache_write numeric, cache_write_hour numeric, output numeric,
    above bigint, above_input_times numeric, above_output_times numeric, source text
) ON COMMIT DROP;

INSERT INTO cut VALUES
    ('openai', 'gpt-5.6-terra', 'standard', '2026-07-30',  2.00, 0.20,  2.50,  2.50, 12.00, 272000, 2, 1.5, 'developers.openai.com/api/docs/models/gpt-5.6-terra'),
    ('openai', 'gpt-5.6-terra', 'batch',    '2026-07-30',  1.00, 1.00,  1.00,  1.00,  6.00, NULL, NULL, NULL, 'developers.openai.com/api/docs/models/gpt-5.6-terra'),
    ('openai', 'gpt-5.6-terra', 'flex',     '2026-07-30',  1.00, 0.10,  1.25,  1.25,  6.00, NULL, NULL, NULL, 'developers.openai.com/api/docs/models/gpt-5.6-terra'),
    ('openai', 'gpt-5.6-terra', 'priority', '2026-07-30',  4.00, 0.40,  5.00,  5.00, 24.00, NULL, NULL, NULL, 'openai.com/api-fast-mode'),
    ('openai', 'gpt-5.6-luna',  'standard', '2026-07-30',  0.20, 0.02,  0.25,  0.25,  1.20, 272000, 2, 1.5, 'developers.openai.com/api/docs/models/gpt-5.6-luna'),
    ('openai', 'gpt-5.6-luna',  'batch',    '2026-07-30',  0.10, 0.10,  0.10,  0.10,  0.60, NULL, NULL, NULL, 'developers.openai.com/api/docs/models/gpt-5.6-luna'),
    ('openai', 'gpt-5.6-luna',  'flex',     '2026-07-30',  0.10, 0.01,  0.125, 0.125, 0.60, NULL, NULL, NULL, 'developers.openai.com/api/docs/models/gpt-5.6-luna'),
    ('openai', 'gpt-5.6-luna',  'priority', '2026-07-30',  0.40, 0.04,  0.50,  0.50,  2.40, NULL, NULL, NULL, 'openai.com/api-fast-mode'),
    -- No cut: what the starter book had was too little. The day is that of the page.
    ('openai', 'gpt-5.5',       'priority', '2026-07-30', 12.50, 1.25, 12.50, 12.50, 75.00, NULL, NULL, NULL, 'openai.com/api-fast-mode'),
    -- What is read from a cache has a price of its own.
    ('mistral', 'mistral-medium-2604', 'standard', '2026-09-29', 1.50, 0.15, 1.50, 1.50, 7.50, NULL, NULL, NULL, 'docs.mistral.ai/inference/pricing');

-- One row a version to come, in the order of its subject.
CREATE TEMPORARY TABLE coming ON COMMIT DROP AS
SELECT *, since AS effective_from, lead(since) OVER subject AS effective_to, is_new AND row_number() OVER subject = 1 AS is_first
FROM (
    SELECT provider, model, tier, since, input * times AS input, cached_input * times AS cached_input, cache_write * times AS cache_write,
        cache_write_hour * times AS cache_write_hour, output * times AS output, above, above_input_times, above_output_times, source, true AS is_new
    FROM listed, LATERAL (
        SELECT 'standard' AS tier, 1.0 AS times
        UNION ALL SELECT tier, CASE tier WHEN 'priority' THEN 2.0 ELSE 0.5 END FROM unnest(tiers) AS tier) AS offered
    WHERE NOT EXISTS (SELECT FROM price p WHERE p.provider = listed.provider AND p.model = listed.model AND p.tier = offered.tier)
      AND NOT EXISTS (SELECT FROM price_alias a WHERE a.provider = listed.provider AND a.alias = listed.model)
    UNION ALL
    SELECT provider, model, tier, since, input, cached_input, cache_write, cache_write_hour, output, above, above_input_times, above_output_times, source, false
    FROM cut
    -- The starter book's own price is all that there is of it.
    WHERE (SELECT bool_and(p.source LIKE '%, starter book of 2026-11-2_' AND p.effective_from < cut.since AND p.effective_to IS NULL AND p.discount_ppm = 0)
        FROM price p WHERE p.provider = cut.provider AND p.model = cut.model AND p.tier = cut.tier)
) AS wanted
WINDOW subject AS (PARTITION BY provider, model, tier ORDER BY since);

UPDATE price SET effective_to = coming.effective_from
FROM coming
WHERE NOT is_new AND price.provider = coming.provider AND price.model = coming.model AND price.tier = coming.tier AND price.effective_to IS NULL;

WITH added AS (
    INSERT INTO price (
        provider, model, tier, currency, input_per_million, cached_input_per_million, cache_write_per_million, cache_write_hour_per_million, output_per_million,
        reasoning_per_million, per_request, effective_from, effective_to, source, recorded_at)
    SELECT provider, model, tier, 'USD', input * 1000000000, cached_input * 1000000000, cache_write * 1000000000, cache_write_hour * 1000000000,
        output * 1000000000, output * 1000000000, 0, effective_from, effective_to, 'List prices (' || source || '), starter book of 2026-11-26',
        -- What follows another price counts as known since its day, so that it is no retroactive price, which would correct what was rated since.
        CASE WHEN is_first THEN '2026-11-26T00:00:00Z' ELSE least(effective_from, '2026-11-26T00:00:00Z') END
    FROM coming
    RETURNING price_id, provider, model, tier, effective_from),
tiers AS (
    INSERT INTO price_context_tier
    SELECT price_id, above, input * above_input_times * 1000000000, cached_input * above_input_times * 1000000000, cache_write * above_input_times * 1000000000,
        cache_write_hour * above_input_times * 1000000000, output * above_output_times * 1000000000, output * above_output_times * 1000000000
    FROM added JOIN coming USING (provider, model, tier, effective_from)
    WHERE above IS NOT NULL)
-- Usage that is here without a cost has a price now; the first price of a model rates what is older than it, too.
INSERT INTO repricing (price_id, occurred_from, occurred_to, recorded_at)
SELECT price_id, CASE WHEN is_first THEN '2000-01-01T00:00:00Z' ELSE effective_from END, least(effective_to, now()), now()
FROM added JOIN coming USING (provider, model, tier, effective_from)
WHERE is_first OR effective_from < now();

INSERT INTO price_alias (provider, alias, model, source, recorded_at)
SELECT 'mistral', 'mistral-embed-2312', 'mistral-embed', 'starter book of 2026-11-26', '2026-11-26T00:00:00Z'
WHERE NOT EXISTS (SELECT FROM price p WHERE p.provider = 'mistral' AND p.model = 'mistral-embed-2312')
ON CONFLICT DO NOTHING;

UPDATE price_book SET revision = revision + 1;
