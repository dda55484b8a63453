-- What of a target's cost so far a version had as money without tokens: what moves with a credit note is told apart from what moves with demand. Null: of versions of before, which did not keep it.
ALTER TABLE forecast_figure ADD COLUMN adjustment_nanos bigint NULL;
