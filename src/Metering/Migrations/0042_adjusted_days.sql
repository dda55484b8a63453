-- As far back as days are compared, before anything is locked. The roll-ups say which quarter hours have money without tokens, so nothing else of the records is read: OFFSET 0 keeps each of them a look-up by
-- its time. What is charged and given back alike within a quarter hour is no sum of theirs, nor of a budget's hour.
CREATE TEMP TABLE adjusted ON COMMIT DROP AS
SELECT r.*
FROM (SELECT DISTINCT quarter_hour FROM usage_rollup WHERE quarter_hour >= now() - interval '63 days' AND adjustment_nanos <> 0) AS quarter
    CROSS JOIN LATERAL (
        SELECT occurred_at, recorded_at, team_id, user_id, key_id, provider, model_served, workload, lane, tags, adjustment_nanos FROM usage_record
        WHERE occurred_at >= quarter.quarter_hour AND occurred_at < quarter.quarter_hour + interval '15 minutes' AND adjustment_nanos IS NOT NULL
        OFFSET 0) AS r;

-- Of an hour's spend, money without tokens: it is no pace, so days are judged without it, as hours are (docs/decisions/0220).
ALTER TABLE budget_hour ADD COLUMN adjustment_nanos bigint NOT NULL DEFAULT 0;

-- An hour of a budget's zone ends early where its day does, so a record belongs to the last one that began before it.
UPDATE budget_hour AS kept SET adjustment_nanos = summed.nanos
FROM (
    SELECT b.budget_id, within.hour, sum(r.adjustment_nanos) AS nanos
    FROM adjusted r
        JOIN budget b ON b.team_id IN ('', r.team_id) AND b.user_id IN ('', r.user_id) AND b.key_id IN ('', r.key_id) AND b.provider IN ('', r.provider)
            AND b.model IN ('', r.model_served) AND b.workload IN ('', r.workload) AND b.lane IN ('', r.lane) AND (b.tag_key = '' OR r.tags ->> b.tag_key = b.tag_value)
        JOIN LATERAL (
            SELECT max(h.hour) AS hour FROM budget_hour h
            WHERE h.budget_id = b.budget_id AND h.hour <= r.occurred_at AND h.hour > r.occurred_at - interval '1 hour') AS within ON within.hour IS NOT NULL
    WHERE r.recorded_at <= (SELECT followed_until FROM budget_follower)
    GROUP BY 1, 2) AS summed
WHERE kept.budget_id = summed.budget_id AND kept.hour = summed.hour;
