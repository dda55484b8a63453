-- Keys of teams' own platforms that draw from leases: role -1, below all others, so that a version that does not know it admits it to nothing (docs/decisions/0171).
ALTER TABLE identity.api_key
    ADD COLUMN holder text NULL,
    DROP CONSTRAINT api_key_role_check,
    DROP CONSTRAINT api_key_team_is_for_inference,
    ADD CONSTRAINT api_key_role_check CHECK (role BETWEEN 1 AND 7 OR role = -1),
    ADD CONSTRAINT api_key_team_is_for_inference_and_lease_holders CHECK ((role IN (1, -1)) = (team_id IS NOT NULL)),
    -- Its leases are holder/TEAM/HOLDER, and a holder's name has at most 100 characters.
    ADD CONSTRAINT api_key_holder_is_for_lease_holders CHECK ((role = -1) = (holder IS NOT NULL)),
    ADD CONSTRAINT api_key_holder_is_a_name CHECK (holder ~ '^[a-z][a-z0-9_-]{0,27}$');
