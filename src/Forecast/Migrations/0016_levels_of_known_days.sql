-- Null: of the days before a plan item too few were known for a level. Nothing then tells what came of it from the baseline, so that neither is judged.
ALTER TABLE forecast_version_plan ALTER COLUMN level_nanos DROP NOT NULL;
