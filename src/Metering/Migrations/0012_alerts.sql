-- What people must hear of. One row an event: alert_id is the event's identity, so that an event that is told twice is one alert.
CREATE TABLE alert (
    alert_id    uuid        PRIMARY KEY,
    -- The order that lists are paged in.
    alert_no    bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    -- Numbers of platform.metering.v1.AlertKind and AlertSeverity.
    kind        smallint    NOT NULL CHECK (kind > 0),
    severity    smallint    NOT NULL CHECK (severity BETWEEN 1 AND 3),
    -- Empty when it is not one team's.
    team_id     text        NOT NULL,
    subject     text        NOT NULL,
    title       text        NOT NULL,
    summary     text        NOT NULL,
    -- [{"name", "value", "unit"}], in the order that people read them in.
    figures     jsonb       NOT NULL,
    period_from timestamptz NULL,
    period_to   timestamptz NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    acknowledged_at   timestamptz NULL,
    acknowledged_by   text        NOT NULL DEFAULT '',
    acknowledged_note text        NOT NULL DEFAULT '',
    CONSTRAINT alert_period_is_whole CHECK ((period_from IS NULL) = (period_to IS NULL) AND (period_from IS NULL OR period_from < period_to)),
    CONSTRAINT alert_acknowledged_by_somebody CHECK ((acknowledged_at IS NULL) = (acknowledged_by = ''))
);

CREATE INDEX alert_open ON alert (alert_no) WHERE acknowledged_at IS NULL;

-- Where alerts are sent.
CREATE TABLE alert_channel (
    channel_id       text        PRIMARY KEY,
    name             text        NOT NULL,
    -- Number of platform.metering.v1.ChannelType.
    type             smallint    NOT NULL CHECK (type BETWEEN 1 AND 3),
    -- A URL, which may be a secret itself, or an address; empty: the owner of the alert's team.
    target           text        NOT NULL,
    -- What a webhook's messages are signed with; the one before signs too until its end.
    secret           bytea       NULL CHECK (octet_length(secret) BETWEEN 24 AND 64),
    previous_secret  bytea       NULL,
    previous_until   timestamptz NULL,
    -- Empty: all.
    kinds            smallint[]  NOT NULL,
    team_ids         text[]      NOT NULL,
    minimum_severity smallint    NOT NULL CHECK (minimum_severity BETWEEN 1 AND 3),
    enabled          boolean     NOT NULL,
    disabled_reason  text        NOT NULL,
    removed          boolean     NOT NULL DEFAULT false,
    created_at       timestamptz NOT NULL,
    changed_at       timestamptz NOT NULL,
    changed_by       text        NOT NULL,
    CONSTRAINT alert_channel_webhooks_are_signed CHECK ((type = 1) = (secret IS NOT NULL)),
    CONSTRAINT alert_channel_previous_secret_ends CHECK ((previous_secret IS NULL) = (previous_until IS NULL))
);

CREATE UNIQUE INDEX alert_channel_name ON alert_channel (name) WHERE NOT removed;

-- What became of an alert at a channel: one row each, made with the alert, so that no crossing is owed twice.
CREATE TABLE alert_delivery (
    delivery_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_id        uuid        NOT NULL REFERENCES alert (alert_id),
    channel_id      text        NOT NULL REFERENCES alert_channel (channel_id),
    -- Number of platform.metering.v1.DeliveryState: 1 pending, 2 delivered, 3 dead.
    state           smallint    NOT NULL DEFAULT 1 CHECK (state BETWEEN 1 AND 3),
    -- Attempts that began.
    attempts        int         NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    -- The replica that is at it: by whose claim, and until when nobody else takes it.
    claim_id        uuid        NULL,
    claimed_until   timestamptz NULL,
    last_attempt_at timestamptz NULL,
    delivered_at    timestamptz NULL,
    last_error      text        NOT NULL DEFAULT '',
    UNIQUE (alert_id, channel_id),
    CONSTRAINT alert_delivery_claim_ends CHECK ((claim_id IS NULL) = (claimed_until IS NULL)),
    CONSTRAINT alert_delivery_delivered_at_a_moment CHECK ((state = 2) = (delivered_at IS NOT NULL))
);

CREATE INDEX alert_delivery_due ON alert_delivery (channel_id, next_attempt_at) WHERE state = 1;
CREATE INDEX alert_delivery_dead ON alert_delivery (delivery_id) WHERE state = 3;

-- Conditions that an alert has been raised for and that still hold: a condition that ends and comes again is another crossing.
CREATE TABLE alert_condition (
    name      text        PRIMARY KEY,
    raised_at timestamptz NOT NULL
);
