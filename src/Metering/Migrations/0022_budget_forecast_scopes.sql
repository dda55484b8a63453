-- Forecasts of budgets whose scope is no whole team are kept under the budget's id; those of the organisation and of teams under none.
ALTER TABLE budget_forecast ADD COLUMN budget_id text NOT NULL DEFAULT '';
ALTER TABLE budget_forecast DROP CONSTRAINT budget_forecast_pkey;
ALTER TABLE budget_forecast ADD PRIMARY KEY (team_id, budget_id);
