-- What of a history was imported is asked for with every forecast, and is in few of its days: without this all days of all teams are read for it.
CREATE INDEX usage_day_imported ON usage_day (team_id, day) INCLUDE (history_cost_nanos) WHERE history_cost_nanos <> 0;
