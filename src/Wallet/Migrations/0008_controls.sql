-- Hard limits a calendar period, and what low-balance levels are judged by.

-- One row. Every change of a cap takes the next revision under this row's lock, so revisions become visible in their order.
CREATE TABLE control_revision (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint  NOT NULL
);

INSERT INTO control_revision (revision) VALUES (0);

-- Scopes: 1 organisation, 2 team, 3 user, 4 key. Periods: 1 day, 2 week, 3 month, 4 quarter, 5 year.
CREATE TABLE cap (
    cap_id      text        PRIMARY KEY,
    scope       smallint    NOT NULL CHECK (scope BETWEEN 1 AND 4),
    scope_id    text        NOT NULL,
    period      smallint    NOT NULL CHECK (period BETWEEN 1 AND 5),
    time_zone   text        NOT NULL,
    source      text        NOT NULL,
    amount      bigint      NOT NULL CHECK (amount > 0),
    description text        NOT NULL,
    active      boolean     NOT NULL,
    revision    bigint      NOT NULL,
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    changed_by  text        NOT NULL,
    CONSTRAINT cap_of_the_organisation_has_no_id CHECK ((scope = 1) = (scope_id = ''))
);

CREATE UNIQUE INDEX cap_active ON cap (scope, scope_id, period, source) WHERE active;
CREATE INDEX cap_revision ON cap (revision);

-- What a cap counts in one period, made when the period's first call comes. The limit stands here too, so that a debit is judged behind one lock.
CREATE TABLE cap_account (
    account_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cap_id      text        NOT NULL REFERENCES cap,
    period_from timestamptz NOT NULL,
    period_to   timestamptz NOT NULL,
    -- Null: the cap was removed, and the account only counts.
    limit_nanos bigint      NULL CHECK (limit_nanos > 0),
    -- May be above the limit: the limit was lowered, or a wallet that observes let a call pass.
    used        bigint      NOT NULL DEFAULT 0 CHECK (used >= 0),
    CONSTRAINT cap_account_of_period UNIQUE (cap_id, period_from),
    CONSTRAINT cap_account_has_a_period CHECK (period_from < period_to)
) WITH (fillfactor = 70);

-- The cap accounts that a hold was debited from, and that get back what returns.
ALTER TABLE hold ADD COLUMN cap_accounts bigint[] NOT NULL DEFAULT '{}';

-- Undrawn in the wallet's leases when their holders last reported: with available it is what people call the balance.
ALTER TABLE wallet ADD COLUMN leased_undrawn bigint NOT NULL DEFAULT 0 CHECK (leased_undrawn >= 0);
