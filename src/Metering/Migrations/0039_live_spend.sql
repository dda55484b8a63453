-- Of an hour's spend, what was told as it happened. Imported usage says what a day has cost and not in which hour, so hours are judged by the rest (docs/decisions/0041).
ALTER TABLE budget_hour ADD COLUMN live_nanos bigint NOT NULL DEFAULT 0;

-- As far back as hours are compared, and records are kept: those of before count for none, as if live usage had begun then.
UPDATE budget_hour SET live_nanos = spent_nanos WHERE hour >= (SELECT greatest(kept_from, now() - interval '63 days') FROM usage_watermark);

-- An hour of a budget's zone ends early where its day does, so a record belongs to the last one that began before it.
UPDATE budget_hour AS kept SET live_nanos = spent_nanos - imported.cost_nanos
FROM (
    SELECT b.budget_id, within.hour, sum(r.cost_nanos) AS cost_nanos
    FROM usage_record r
        JOIN budget b ON b.team_id IN ('', r.team_id) AND b.user_id IN ('', r.user_id) AND b.key_id IN ('', r.key_id) AND b.provider IN ('', r.provider)
            AND b.model IN ('', r.model_served) AND b.workload IN ('', r.workload) AND b.lane IN ('', r.lane) AND (b.tag_key = '' OR r.tags ->> b.tag_key = b.tag_value)
        JOIN LATERAL (
            SELECT max(h.hour) AS hour FROM budget_hour h
            WHERE h.budget_id = b.budget_id AND h.hour <= r.occurred_at AND h.hour > r.occurred_at - interval '1 hour') AS within ON within.hour IS NOT NULL
    WHERE r.funding = 3 AND r.cost_nanos <> 0 AND r.occurred_at >= now() - interval '63 days' AND r.recorded_at <= (SELECT followed_until FROM budget_follower)
    GROUP BY 1, 2) AS imported
WHERE kept.budget_id = imported.budget_id AND kept.hour = imported.hour AND kept.hour >= (SELECT greatest(kept_from, now() - interval '63 days') FROM usage_watermark);
