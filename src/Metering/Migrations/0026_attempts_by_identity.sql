-- An attempt is found by usage_identity, where it stands once; the index of records was written for every record, all over, and read for a list of one attempt only.
DROP INDEX usage_record_attempt;
