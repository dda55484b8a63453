-- True for an unusual hour or day that nobody was told of, because the budget was snoozed when its run began: the next one in the same direction is news once the snooze is over.
ALTER TABLE budget_rate ADD COLUMN silenced boolean NOT NULL DEFAULT false;

-- Of before: one that was not told of though it followed none, and those that followed it.
WITH RECURSIVE untold AS (
    SELECT budget_id, window_name, window_from, window_to, too_high FROM budget_rate r
    WHERE told_at IS NULL AND NOT EXISTS (
        SELECT FROM budget_rate b
        WHERE b.budget_id = r.budget_id AND b.window_name = r.window_name AND b.window_to = r.window_from AND b.too_high = r.too_high)
    UNION ALL
    SELECT r.budget_id, r.window_name, r.window_from, r.window_to, r.too_high
    FROM untold u JOIN budget_rate r ON r.budget_id = u.budget_id AND r.window_name = u.window_name AND r.window_from = u.window_to AND r.too_high = u.too_high
    WHERE r.told_at IS NULL)
UPDATE budget_rate r SET silenced = true
FROM untold u WHERE r.budget_id = u.budget_id AND r.window_name = u.window_name AND r.window_from = u.window_from;
