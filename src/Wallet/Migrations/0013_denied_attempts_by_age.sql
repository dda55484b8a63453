-- Refused attempts are forgotten after a while, and found by their age.
CREATE INDEX denied_attempt_recorded ON denied_attempt (recorded_at);
