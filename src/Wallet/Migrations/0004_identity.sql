-- What is known of teams, users and applications; keys that are bound, restricted, frozen, expire and replace each other; an audit log that shows tampering.

ALTER TABLE identity.team
    ADD COLUMN owner       text        NOT NULL DEFAULT '',
    ADD COLUMN email       text        NOT NULL DEFAULT '',
    ADD COLUMN cost_centre text        NOT NULL DEFAULT '',
    ADD COLUMN external_id text        NOT NULL DEFAULT '',
    ADD COLUMN frozen_at   timestamptz NULL,
    -- Of the organisation, at the team's last change: what the directory's followers have not seen yet.
    ADD COLUMN revision    bigint      NOT NULL DEFAULT 0;

CREATE INDEX team_revision ON identity.team (revision);

CREATE TABLE identity.user_account (
    user_id     text        PRIMARY KEY CHECK (user_id ~ '^[a-z][a-z0-9_-]{0,63}$'),
    name        text        NOT NULL,
    email       text        NOT NULL,
    created_at  timestamptz NOT NULL,
    disabled_at timestamptz NULL,
    revision    bigint      NOT NULL
);

CREATE INDEX user_account_revision ON identity.user_account (revision);

CREATE TABLE identity.application (
    application_id text        PRIMARY KEY CHECK (application_id ~ '^[a-z][a-z0-9_-]{0,63}$'),
    team_id        text        NOT NULL REFERENCES identity.team,
    name           text        NOT NULL,
    created_at     timestamptz NOT NULL,
    UNIQUE (application_id, team_id)
);

CREATE INDEX application_of_team ON identity.application (team_id, application_id);

ALTER TABLE identity.api_key
    ADD COLUMN user_id        text        NULL REFERENCES identity.user_account,
    ADD COLUMN application_id text        NULL,
    ADD COLUMN allowed_models text[]      NOT NULL DEFAULT '{}',
    ADD COLUMN allowed_lanes  text[]      NOT NULL DEFAULT '{}',
    ADD COLUMN expires_at     timestamptz NULL,
    ADD COLUMN frozen_at      timestamptz NULL,
    ADD COLUMN replaces       text        NULL UNIQUE REFERENCES identity.api_key,
    ADD CONSTRAINT api_key_application_is_its_teams FOREIGN KEY (application_id, team_id) REFERENCES identity.application (application_id, team_id),
    ADD CONSTRAINT api_key_restrictions_are_for_inference CHECK (
        role = 1 OR (application_id IS NULL AND cardinality(allowed_models) = 0 AND cardinality(allowed_lanes) = 0));

CREATE INDEX api_key_of_team ON identity.api_key (team_id, key_id);
CREATE INDEX api_key_of_user ON identity.api_key (user_id, key_id);

-- The audit log as a chain: each entry has the next number and carries SHA-256 over the hash before it and its own content, so that a change of an old entry
-- shows in all that follow. The number and the hash are given here, not by the writer, under the lock of the one row that knows the newest: entries follow
-- each other in the order of their commits, whoever writes them.
CREATE TABLE identity.audit_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    audit_id bigint  NOT NULL,
    sha256   bytea   NOT NULL
);

CREATE FUNCTION identity.audit_sha256(previous bytea, entry identity.audit_log) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(previous || convert_to(jsonb_build_array(
        entry.audit_id, entry.actor, entry.action, entry.subject, entry.before, entry.after,
        (extract(epoch FROM entry.recorded_at) * 1000000)::bigint)::text, 'UTF8'))
$$;

ALTER TABLE identity.audit_log
    ALTER COLUMN audit_id DROP IDENTITY,
    ADD COLUMN sha256 bytea NULL CHECK (length(sha256) = 32);

ALTER TABLE identity.audit_log DISABLE TRIGGER audit_log_is_append_only;

DO $$
DECLARE
    entry identity.audit_log;
    previous bytea := '';
    number bigint := 0;
BEGIN
    FOR entry IN SELECT * FROM identity.audit_log ORDER BY audit_id LOOP
        number := number + 1;
        UPDATE identity.audit_log SET audit_id = number WHERE audit_id = entry.audit_id;
        entry.audit_id := number;
        previous := identity.audit_sha256(previous, entry);
        UPDATE identity.audit_log SET sha256 = previous WHERE audit_id = number;
    END LOOP;
    INSERT INTO identity.audit_head (audit_id, sha256) VALUES (number, previous);
END $$;

ALTER TABLE identity.audit_log ENABLE TRIGGER audit_log_is_append_only;
ALTER TABLE identity.audit_log ALTER COLUMN sha256 SET NOT NULL;

CREATE FUNCTION identity.chain_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    head identity.audit_head;
BEGIN
    SELECT * INTO STRICT head FROM identity.audit_head FOR UPDATE;
    NEW.audit_id := head.audit_id + 1;
    NEW.sha256 := identity.audit_sha256(head.sha256, NEW);
    UPDATE identity.audit_head SET audit_id = NEW.audit_id, sha256 = NEW.sha256;
    RETURN NEW;
END $$;

CREATE TRIGGER audit_log_is_chained BEFORE INSERT ON identity.audit_log FOR EACH ROW EXECUTE FUNCTION identity.chain_audit_entry();

CREATE INDEX audit_log_subject ON identity.audit_log (subject, audit_id);
CREATE INDEX audit_log_actor ON identity.audit_log (actor, audit_id);
CREATE INDEX audit_log_recorded_at ON identity.audit_log (recorded_at);
CREATE TRIGGER audit_log_is_kept BEFORE TRUNCATE ON identity.audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
