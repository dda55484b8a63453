-- One row: when forecasts were published last, and whether there was one of the organisation. Its lock keeps replicas from publishing at once.
CREATE TABLE forecast_publication (
    single      boolean     PRIMARY KEY DEFAULT true CHECK (single),
    as_of       timestamptz NOT NULL,
    is_complete boolean     NOT NULL
);

INSERT INTO forecast_publication (as_of, is_complete) VALUES ('2000-01-01T00:00:00Z', false);
