-- The overage that people have heard of, lower once it was repaid: what grows to twice of it is told again. Of what is there today they have heard.
ALTER TABLE wallet ADD COLUMN overage_told bigint NOT NULL DEFAULT 0 CHECK (overage_told >= 0);
UPDATE wallet SET overage_told = overage WHERE overage > 0;
