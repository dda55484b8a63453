-- A record is in one message of Metering's, made known and owed in one transaction, and the inbox enters a message once: to remember every record besides cost more than the sums.
DROP TABLE counted_record;
