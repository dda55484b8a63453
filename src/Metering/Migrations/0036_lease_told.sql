-- What lease holders have told of each of their leases, added up: no more is taken in than twice what Wallet granted (docs/decisions/0186). Of leases of before this table it counts from now on.
CREATE TABLE lease_told (
    lease_id   uuid   PRIMARY KEY,
    cost_nanos bigint NOT NULL CHECK (cost_nanos >= 0)
) WITH (fillfactor = 50);
