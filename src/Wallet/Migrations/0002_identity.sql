-- Who may do what. Its own schema: it may become a service of its own.
CREATE SCHEMA identity;

-- One row. Every change of the directory takes the next revision under this row's lock, so revisions become visible in their order.
CREATE TABLE identity.organisation (
    only_row   boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    name       text        NOT NULL,
    currency   text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    revision   bigint      NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE identity.team (
    team_id    text        PRIMARY KEY CHECK (team_id ~ '^[a-z][a-z0-9_-]{0,63}$'),
    name       text        NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE identity.api_key (
    key_id        text        PRIMARY KEY,
    secret_sha256 bytea       NOT NULL UNIQUE CHECK (length(secret_sha256) = 32),
    hint          text        NOT NULL,
    name          text        NOT NULL,
    role          smallint    NOT NULL CHECK (role BETWEEN 1 AND 7),
    team_id       text        NULL REFERENCES identity.team,
    workload      text        NOT NULL,
    created_at    timestamptz NOT NULL,
    revoked_at    timestamptz NULL,
    revision      bigint      NOT NULL,
    CONSTRAINT api_key_team_is_for_inference CHECK ((role = 1) = (team_id IS NOT NULL))
);

CREATE INDEX api_key_revision ON identity.api_key (revision);

CREATE TABLE identity.audit_log (
    audit_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor       text        NOT NULL,
    action      text        NOT NULL,
    subject     text        NOT NULL,
    before      jsonb       NULL,
    after       jsonb       NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE ON identity.audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
