-- OpenAI serves its chat models at /v1/responses too: a target of it that does not say which routes it serves, serves both. An installation that still serves by the policy that it came with does so
-- from here on (and an older release, put back, goes on with chat); a document that somebody has applied says itself what it serves, and is not touched.
UPDATE policy_version SET policy = jsonb_set(policy, '{targets}', (
    SELECT jsonb_agg(CASE WHEN target->>'provider' = 'openai' AND target->'shapes' = '["chat"]' THEN target - 'shapes' ELSE target END ORDER BY place)
    FROM jsonb_array_elements(policy->'targets') WITH ORDINALITY AS t (target, place)))
WHERE version = 1 AND actor = 'routing' AND NOT EXISTS (SELECT FROM policy_version WHERE version > 1);
