-- A credit note adds up all days of its team while every other teller's intake waits for it (docs/decisions/0220), and a team's own figures were found among those of all teams. Neither column of a row changes
-- again, so what is added to a row stays off the index.
CREATE INDEX usage_summary_day_team ON usage_summary_day (team_id, starts_at);
