-- Of an hour's spend, money without tokens: it is no pace, so days are judged without it, as hours are (docs/decisions/0220).
ALTER TABLE budget_hour ADD COLUMN adjustment_nanos bigint NOT NULL DEFAULT 0;

-- As far back as days are compared. An hour of a budget's zone ends early where its day does, so a record belongs to the last one that began before it.
UPDATE budget_hour AS kept SET adjustment_nanos = adjusted.nanos
FROM (
    SELECT b.budget_id, within.hour, sum(r.adjustment_nanos) AS nanos
    FROM usage_record r
        JOIN budget b ON b.team_id IN ('', r.team_id) AND b.user_id IN ('', r.user_id) AND b.key_id IN ('', r.key_id) AND b.provider IN ('', r.provider)
            AND b.model IN ('', r.model_served) AND b.workload IN ('', r.workload) AND b.lane IN ('', r.lane) AND (b.tag_key = '' OR r.tags ->> b.tag_key = b.tag_value)
        JOIN LATERAL (
            SELECT max(h.hour) AS hour FROM budget_hour h
            WHERE h.budget_id = b.budget_id AND h.hour <= r.occurred_at AND h.hour > r.occurred_at - interval '1 hour') AS within ON within.hour IS NOT NULL
    WHERE r.adjustment_nanos IS NOT NULL AND r.occurred_at >= now() - interval '63 days' AND r.recorded_at <= (SELECT followed_until FROM budget_follower)
    GROUP BY 1, 2) AS adjusted
WHERE kept.budget_id = adjusted.budget_id AND kept.hour = adjusted.hour;
