-- What people were told of and still holds stands where every service keeps it.
INSERT INTO told_condition (name, told_at) SELECT name, raised_at FROM alert_condition;

DROP TABLE alert_condition;
