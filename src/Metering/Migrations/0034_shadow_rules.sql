-- What rules in shadow mode would have done, a day and rule: a sum over all rules does not say which of them to switch on. Few rows, because rules are few; only records that
-- name a rule write here. Costs are as records were rated when they were recorded.
CREATE TABLE shadow_rule_day (
    -- Of UTC.
    day             date   NOT NULL,
    rule            text   NOT NULL,
    -- That the rule would have taken.
    calls           bigint NOT NULL,
    -- Of them, whose cost is known both as it was and there; the sums are of these.
    compared_calls  bigint NOT NULL,
    cost_nanos      bigint NOT NULL,
    rule_cost_nanos bigint NOT NULL,
    PRIMARY KEY (day, rule),
    CHECK (compared_calls <= calls)
) WITH (fillfactor = 70);

INSERT INTO shadow_rule_day
SELECT (occurred_at AT TIME ZONE 'UTC')::date, shadow_rule, sum(calls), coalesce(sum(calls) FILTER (WHERE compared), 0), coalesce(sum(cost_nanos) FILTER (WHERE compared), 0),
    coalesce(sum(shadow_cost_nanos) FILTER (WHERE compared), 0)
FROM (
    SELECT occurred_at, shadow_rule, coalesce(requests, 1) AS calls, cost_nanos, shadow_cost_nanos, cost_nanos IS NOT NULL AND shadow_cost_nanos IS NOT NULL AS compared
    FROM usage_record WHERE shadow_rule IS NOT NULL) AS record
GROUP BY 1, 2;
