-- Reviews of weeks, as they were made. Nothing of them ever changes.
CREATE TABLE weekly_review (
    -- ISO 8601, such as 2026-W26.
    week            text        PRIMARY KEY CHECK (week ~ '^[0-9]{4}-W[0-9]{2}$'),
    made_at         timestamptz NOT NULL,
    spend_nanos     bigint      NOT NULL,
    before_nanos    bigint      NOT NULL,
    recommendations int         NOT NULL,
    -- platform.forecast.v1.WeeklyReview.
    review          bytea       NOT NULL
);

CREATE TRIGGER weekly_review_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON weekly_review FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
