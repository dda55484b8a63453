-- What the same tokens would have cost elsewhere: at the route's first choice, by default, and under a rule in shadow mode. Null where nobody knows.
ALTER TABLE usage_record
    ADD COLUMN primary_cost_nanos bigint NULL CHECK (primary_cost_nanos >= 0),
    ADD COLUMN default_cost_nanos bigint NULL CHECK (default_cost_nanos >= 0),
    ADD COLUMN shadow_rule        text   NULL,
    ADD COLUMN shadow_cost_nanos  bigint NULL CHECK (shadow_cost_nanos >= 0);
