-- Takes as long as the test that applies it asks, as a migration of a large database does.
SELECT pg_sleep(coalesce(nullif(current_setting('test.migration_seconds', true), ''), '0')::float8);
