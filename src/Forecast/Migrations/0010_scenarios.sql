-- Kept what-if scenarios. Their changes are kept as they were written, and read anew whenever they are worked out.
CREATE TABLE scenario (
    name       text        PRIMARY KEY,
    changes    text[]      NOT NULL CHECK (cardinality(changes) BETWEEN 1 AND 20),
    note       text        NOT NULL CHECK (length(note) <= 1000),
    -- Everybody in the organisation may read it; else its owner and billing admins alone.
    shared     boolean     NOT NULL,
    -- The user, or the key where it is nobody's.
    owner      text        NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    -- The version that was published when it was promoted last; 0: never.
    promoted_version bigint NOT NULL DEFAULT 0 CHECK (promoted_version >= 0)
);
