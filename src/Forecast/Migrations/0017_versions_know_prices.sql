-- Which changes of the price book a version was made with; empty: none, and versions of before, which knew nothing of them.
ALTER TABLE forecast_version
    ADD COLUMN prices text NOT NULL DEFAULT '',
    DROP CONSTRAINT forecast_version_reason_check,
    ADD CONSTRAINT forecast_version_reason_check
        CHECK (reason IN ('daily', 'plan_change', 'policy_change', 'calendar_change', 'price_change', 'usage_change', 'on_demand', 'scenario'));
