-- Routing policies: whole documents, one row a version, never changed again. The newest is in force.
CREATE TABLE policy_version (
    version      bigint      PRIMARY KEY CHECK (version > 0),
    applied_at   timestamptz NOT NULL,
    -- Key id of who applied it, or the service's name.
    actor        text        NOT NULL,
    description  text        NOT NULL,
    -- platform.routing.v1.RoutePolicy as JSON.
    policy       jsonb       NOT NULL,
    -- Against the version before: an array of platform.routing.v1.PolicyChange.
    changes      jsonb       NOT NULL,
    -- By public model name: when it first stood in a policy.
    models_since jsonb       NOT NULL
);

-- Version 1 is what the catalogue's tables say, with Anthropic's provider, embeddings and the lanes' own targets beside them. Nothing that is there is changed: a provider
-- that is not set up takes no calls.
CREATE TEMPORARY TABLE starter_model (
    name text, provider text, lane text, shape text, default_cap int, max_cap int, overhead int, field text, created_at timestamptz
) ON COMMIT DROP;

INSERT INTO starter_model
SELECT s.name, s.provider, s.lane, s.shape, s.default_cap, s.max_cap, s.overhead, '', now()
FROM (VALUES
    ('text-embedding-3-small', 'openai', 'standard', 'embeddings', 0, 0, 256),
    ('text-embedding-3-large', 'openai', 'premium',  'embeddings', 0, 0, 256),
    ('claude-haiku-4-5',  'anthropic', 'economy',  'messages', 1024, 64000, 1024),
    ('claude-sonnet-4-5', 'anthropic', 'standard', 'messages', 1024, 64000, 1024),
    ('claude-sonnet-4-6', 'anthropic', 'standard', 'messages', 1024, 64000, 1024),
    ('claude-sonnet-5',   'anthropic', 'standard', 'messages', 1024, 64000, 1024),
    ('claude-opus-4-1',   'anthropic', 'premium',  'messages', 1024, 32000, 1024),
    ('claude-opus-4-5',   'anthropic', 'premium',  'messages', 1024, 64000, 1024),
    ('claude-opus-4-6',   'anthropic', 'premium',  'messages', 1024, 64000, 1024),
    ('claude-opus-4-7',   'anthropic', 'premium',  'messages', 1024, 64000, 1024)
) AS s (name, provider, lane, shape, default_cap, max_cap, overhead)
WHERE NOT EXISTS (SELECT FROM model m WHERE m.name = s.name OR (m.provider = s.provider AND m.upstream_model = s.name));

CREATE TEMPORARY TABLE starter_target ON COMMIT DROP AS
-- Each public name has a target of its own, since their caps may differ though they stand for one model.
SELECT provider || '/' || name AS target, name, provider, upstream_model AS model, lane, 'chat' AS shape, default_max_output_tokens AS default_cap, max_output_tokens AS max_cap,
    overhead_tokens AS overhead, output_cap_field AS field, created_at
FROM model
UNION ALL
SELECT provider || '/' || name, name, provider, name, lane, shape, default_cap, max_cap, overhead, field, created_at FROM starter_model;

INSERT INTO policy_version (version, applied_at, actor, description, policy, changes, models_since)
SELECT 1, now(), 'routing', 'The models that were served before there were policies',
    jsonb_build_object(
        'providers', (
            SELECT jsonb_agg(jsonb_build_object('name', name, 'kind', kind) ORDER BY name)
            FROM (
                SELECT name, CASE name WHEN 'anthropic' THEN 'anthropic' ELSE 'openai' END AS kind FROM provider
                UNION
                SELECT provider, CASE provider WHEN 'anthropic' THEN 'anthropic' ELSE 'openai' END FROM starter_model) p),
        'targets', (
            SELECT jsonb_agg(
                jsonb_strip_nulls(jsonb_build_object(
                    'name', target, 'provider', provider, 'model', model, 'shapes', jsonb_build_array(shape), 'default_max_output_tokens', default_cap,
                    'max_output_tokens', max_cap, 'overhead_tokens', overhead, 'output_cap_field', nullif(field, '')))
                ORDER BY provider DESC, name)
            FROM starter_target),
        'models', (
            SELECT jsonb_agg(
                jsonb_build_object('name', name, 'lane', lane, 'route', jsonb_build_object('targets', jsonb_build_array(jsonb_build_object('target', target))))
                ORDER BY provider DESC, name)
            FROM starter_target),
        'lanes', (
            SELECT jsonb_agg(
                jsonb_strip_nulls(jsonb_build_object(
                    'name', lane,
                    'route', CASE WHEN targets IS NULL THEN NULL ELSE jsonb_build_object('targets', targets) END,
                    -- Open at all times, until somebody says when work that can wait is to run.
                    'windows', CASE lane WHEN 'scheduled' THEN '[{"cron": "0 0 * * *", "minutes": 1440}]'::jsonb END))
                ORDER BY place, lane)
            FROM (
                SELECT l.lane, min(l.place) AS place, (
                    SELECT jsonb_agg(jsonb_build_object('target', t.target) ORDER BY choice.place)
                    FROM (VALUES
                        ('premium',  'gpt-4.1',      1), ('premium',  'gpt-4o',       2), ('premium',  'claude-opus-4-7',   3),
                        ('standard', 'gpt-4o-mini',  1), ('standard', 'gpt-4.1-mini', 2), ('standard', 'claude-sonnet-4-6', 3),
                        ('economy',  'gpt-4.1-nano', 1), ('economy',  'gpt-4o-mini',  2), ('economy',  'claude-haiku-4-5',  3)
                    ) AS choice (lane, model, place)
                    JOIN starter_target t ON t.name = choice.model
                    WHERE choice.lane = l.lane) AS targets
                FROM (
                    VALUES ('premium', 1), ('standard', 2), ('economy', 3), ('scheduled', 4)
                    UNION ALL
                    SELECT DISTINCT lane, 5 FROM model) AS l (lane, place)
                GROUP BY l.lane) lanes)),
    '[]',
    (SELECT jsonb_object_agg(name, created_at) FROM starter_target);

DROP TABLE model, provider, catalogue_revision;
DROP FUNCTION raise_catalogue_revision();
