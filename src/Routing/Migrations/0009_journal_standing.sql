-- How each gateway's journal stands, as it said last; so that old usage is told of once for all of them, and that of a gateway which does not come back too.
CREATE TABLE journal_standing (
    replica             text        PRIMARY KEY,
    unshipped           bigint      NOT NULL CHECK (unshipped >= 0),
    oldest_unshipped_at timestamptz NULL,
    said_at             timestamptz NOT NULL,
    CONSTRAINT journal_standing_has_an_oldest CHECK ((unshipped = 0) = (oldest_unshipped_at IS NULL))
);
