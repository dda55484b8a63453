CREATE TABLE provider (
    name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_-]{0,49}$')
);

CREATE TABLE model (
    name                      text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 200),
    provider                  text NOT NULL REFERENCES provider,
    upstream_model            text NOT NULL CHECK (length(upstream_model) BETWEEN 1 AND 200),
    lane                      text NOT NULL CHECK (lane ~ '^[a-z][a-z0-9_-]{0,49}$'),
    default_max_output_tokens int  NOT NULL CHECK (default_max_output_tokens > 0),
    max_output_tokens         int  NOT NULL CHECK (max_output_tokens >= default_max_output_tokens),
    -- Tokens of input that the provider may add to what the request's bytes can amount to.
    overhead_tokens           int  NOT NULL CHECK (overhead_tokens >= 0),
    -- How the model takes its output cap when the caller names none.
    output_cap_field          text NOT NULL CHECK (output_cap_field IN ('max_tokens', 'max_completion_tokens')),
    created_at                timestamptz NOT NULL DEFAULT now()
);

-- One row, raised with every change of the tables above, so that replicas need not read them to know that nothing changed.
CREATE TABLE catalogue_revision (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint  NOT NULL
);
INSERT INTO catalogue_revision (revision) VALUES (1);

CREATE FUNCTION raise_catalogue_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalogue_revision SET revision = revision + 1;
    RETURN NULL;
END
$$;
CREATE TRIGGER provider_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON provider
    FOR EACH STATEMENT EXECUTE FUNCTION raise_catalogue_revision();
CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON model
    FOR EACH STATEMENT EXECUTE FUNCTION raise_catalogue_revision();

INSERT INTO provider (name) VALUES ('openai');
INSERT INTO model (name, provider, upstream_model, lane, default_max_output_tokens, max_output_tokens, overhead_tokens, output_cap_field) VALUES
    ('gpt-4o-mini',  'openai', 'gpt-4o-mini',  'standard', 1024, 16384,  256, 'max_tokens'),
    ('gpt-4o',       'openai', 'gpt-4o',       'premium',  1024, 16384,  256, 'max_tokens'),
    ('gpt-4.1',      'openai', 'gpt-4.1',      'premium',  1024, 32768,  256, 'max_tokens'),
    ('gpt-4.1-mini', 'openai', 'gpt-4.1-mini', 'standard', 1024, 32768,  256, 'max_tokens'),
    ('gpt-4.1-nano', 'openai', 'gpt-4.1-nano', 'economy',  1024, 32768,  256, 'max_tokens'),
    ('o4-mini',      'openai', 'o4-mini',      'premium',  4096, 100000, 512, 'max_completion_tokens');
