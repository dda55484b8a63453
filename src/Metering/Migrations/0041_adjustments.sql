-- Money without tokens (docs/decisions/0220): a record of its own that says what it costs, without a price, and a part of every sum's cost.
ALTER TABLE usage_record ADD COLUMN adjustment_nanos bigint NULL;

-- What is there keeps the rules, since it has no adjustment; it is not read again for them.
ALTER TABLE usage_record DROP CONSTRAINT usage_record_is_priced_whole, DROP CONSTRAINT usage_record_cost_adds_up, DROP CONSTRAINT usage_record_requests_check;
ALTER TABLE usage_record
    ADD CONSTRAINT usage_record_is_priced_whole CHECK (
        CASE WHEN adjustment_nanos IS NULL
            THEN num_nulls(price_id, input_nanos, cached_input_nanos, cache_write_nanos, output_nanos, reasoning_nanos, request_nanos, cost_nanos) IN (0, 8)
            ELSE price_id IS NULL AND num_nulls(input_nanos, cached_input_nanos, cache_write_nanos, output_nanos, reasoning_nanos, request_nanos, cost_nanos) = 0
        END) NOT VALID,
    ADD CONSTRAINT usage_record_cost_adds_up CHECK (cost_nanos IS NULL OR cost_nanos =
        input_nanos + cached_input_nanos + cache_write_nanos + coalesce(cache_write_hour_nanos, 0) + output_nanos + reasoning_nanos + request_nanos + coalesce(adjustment_nanos, 0)) NOT VALID,
    -- It stands for no call, and says so: whoever adds calls up need not ask what a record is.
    ADD CONSTRAINT usage_record_requests_check CHECK (CASE WHEN adjustment_nanos IS NULL THEN requests <> 0 ELSE requests = 0 END) NOT VALID;

-- Of cost_nanos.
ALTER TABLE usage_rollup ADD COLUMN adjustment_nanos bigint NOT NULL DEFAULT 0;
ALTER TABLE usage_summary ADD COLUMN adjustment_nanos bigint NOT NULL DEFAULT 0;
ALTER TABLE usage_fold ADD COLUMN adjustment_nanos bigint NOT NULL DEFAULT 0;
