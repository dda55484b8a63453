-- Ends a batch of hold operations that was decided on what its replica had written last (docs/decisions/0300), where somebody else has written since: the replica then reads, and decides anew.
CREATE FUNCTION written_elsewhere() RETURNS xid LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Another transaction has written to a wallet or a hold of this batch; it is decided anew.' USING ERRCODE = 'KT001';
END
$$;
