-- The team that gives, of money that goes from one team to another: the change is about both. Of transfers of before it is not known.
ALTER TABLE control_event ADD COLUMN from_team_id text NOT NULL DEFAULT '';
