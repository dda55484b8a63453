-- What was used of each rate limit, by whom; shared by all replicas. Rows come with the first call and go when nothing in them counts any more.
CREATE TABLE limit_count (
    limit_name text        NOT NULL,
    -- Id of a key, user or team, name of a model, lane or provider; empty for a limit of all calls.
    subject    text        NOT NULL,
    -- 1 requests a minute, 2 tokens a minute, 3 requests a day, 4 tokens a day, 5 parallel requests (which are counted in limit_holder; the row is their lock).
    measure    smallint    NOT NULL CHECK (measure BETWEEN 1 AND 5),
    -- Seconds, or days, since 0001-01-01 UTC, ascending, and beside each what was used in it or given out to be used until it.
    slots      bigint[]    NOT NULL DEFAULT '{}',
    used       bigint[]    NOT NULL DEFAULT '{}',
    -- What came faster than the limit flows, in sixty-millionths, as of a moment.
    debt       bigint      NOT NULL DEFAULT 0 CHECK (debt >= 0),
    debt_at    timestamptz NOT NULL DEFAULT '0001-01-01T00:00:00Z',
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (limit_name, subject, measure),
    CONSTRAINT limit_count_slots_have_uses CHECK (cardinality(slots) = cardinality(used))
) WITH (fillfactor = 50);

-- How many parallel requests each replica may have under way.
CREATE TABLE limit_holder (
    limit_name text        NOT NULL,
    subject    text        NOT NULL,
    -- Of one run of a process: what a killed one held is free when it has been silent for five seconds.
    replica    uuid        NOT NULL,
    held       bigint      NOT NULL CHECK (held >= 0),
    wanted     bigint      NOT NULL CHECK (wanted >= 0),
    heard_at   timestamptz NOT NULL,
    PRIMARY KEY (limit_name, subject, replica)
) WITH (fillfactor = 50);
