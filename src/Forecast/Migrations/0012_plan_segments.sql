-- What a plan item leaves empty stands for any workload or lane. Versions of before took it for a name, which no segment has, and their level of such items is that of nothing.
ALTER TABLE forecast_version_plan ADD COLUMN takes_any boolean NOT NULL DEFAULT false;
