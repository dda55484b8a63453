-- Sums by all dimensions over longer times than the intake keeps: three hours and weeks of UTC, added up behind it (docs/decisions/0092). They are true only where
-- usage_folded says so, which is why they stand apart from usage_summary, whose rows are true at every commit.
CREATE TABLE usage_fold (
    -- 6: spans of three hours, 7: weeks, beginning on Mondays.
    LIKE usage_summary,
    PRIMARY KEY (grain, starts_at, dimensions_key),
    CHECK ((extract(epoch FROM starts_at)::bigint - CASE grain WHEN 7 THEN 345600 ELSE 0 END) % CASE grain WHEN 7 THEN 604800 ELSE 10800 END = 0)
) PARTITION BY LIST (grain);

CREATE TABLE usage_fold_three_hours PARTITION OF usage_fold FOR VALUES IN (6);
CREATE TABLE usage_fold_week PARTITION OF usage_fold FOR VALUES IN (7);
CREATE INDEX usage_fold_team ON usage_fold (team_id, starts_at);

-- A row for every span and week before usage_watermark.folded_until that anything was used in.
CREATE TABLE usage_folded (
    grain      smallint    NOT NULL CHECK (grain IN (6, 7)),
    starts_at  timestamptz NOT NULL,
    -- True: usage_fold has its sums, and they are right.
    is_folded  boolean     NOT NULL DEFAULT false,
    -- Goes up with every intake that adds to it: who folds it learns so that somebody was faster.
    changes    bigint      NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (grain, starts_at)
);

CREATE INDEX usage_folded_waiting ON usage_folded (grain, starts_at) WHERE NOT is_folded;

-- What is used before it says in usage_folded that it changes a span. Raised under the lock that every intake shares, so that each intake knows of it or has ended.
ALTER TABLE usage_watermark ADD COLUMN folded_until timestamptz NOT NULL DEFAULT '2000-01-01T00:00:00Z';
