-- A call that a cap refuses is told by the name of the budget whose cap it is: each such refusal looks for it, among thousands of budgets.
CREATE INDEX budget_of_cap ON budget (cap_id) WHERE cap_id <> '';
