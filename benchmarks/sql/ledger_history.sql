-- Ninety days of a ledger, consistent to the nano: three times an allocation to each of 1,000 wallets, and after each as many calls as $1 says (a multiple of 1,665, so
-- that each wallet has as many as the next). Two calls in five are the first wallet's. A call of cost 400 is three transfers: 1,000 set aside, 400 spent, 600 given
-- back. Balances before and after follow in closed form from the number of a call; $2 is what each allocation brings.
CREATE TABLE bench_ledger AS
    SELECT $1::bigint AS calls, $2::bigint AS amount, available AS funds, date_trunc('hour', now()) - interval '90 days' AS start, interval '90 days' / (3 * $1) AS step
    FROM wallet WHERE wallet_id = 'wal_organisation';

INSERT INTO wallet (wallet_id, team_id, name, currency, parent_id, created_at)
SELECT 'wal_bench_' || w, 'bench_' || w, 'Bench ' || w, 'USD', 'wal_organisation', start FROM bench_ledger, generate_series(0, 999) AS w;

CREATE FUNCTION bench_calls_before(w bigint, n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN w = 0 THEN n / 5 * 2 ELSE n / 5 * 3 / 999 END
$$;

CREATE PROCEDURE bench_month(p bigint) LANGUAGE sql AS $$
    INSERT INTO transfer (
        transfer_id, kind, amount, from_wallet, from_account, from_before, from_after, to_wallet, to_account, to_before, to_after,
        available_before, available_after, actor, description, reference, attempt_id, posting_id, occurred_at, recorded_at)
    SELECT gen_random_uuid(), 2, b.amount, 'wal_organisation', 2, b.funds - (p * 1000 + w) * b.amount, b.funds - (p * 1000 + w + 1) * b.amount,
        'wal_bench_' || w, 2, a.here, a.here + b.amount, a.here, a.here + b.amount, 'bench', 'Budget', '', NULL, NULL, m.moment, m.moment
    FROM bench_ledger b, generate_series(0, 999) AS w,
        LATERAL (SELECT p * b.amount - 400 * bench_calls_before(w, p * b.calls) AS here) a, LATERAL (SELECT b.start + b.step * (p * b.calls) AS moment) m;

    INSERT INTO transfer (
        transfer_id, kind, amount, from_wallet, from_account, from_before, from_after, to_wallet, to_account, to_before, to_after,
        available_before, available_after, actor, description, reference, attempt_id, posting_id, occurred_at, recorded_at)
    SELECT gen_random_uuid(), s.kind, s.amount, c.wallet, s.from_account, s.from_before, s.from_before - s.amount, c.wallet, s.to_account, s.to_before,
        s.to_before + s.amount, s.available, s.available + CASE s.kind WHEN 3 THEN -1000 WHEN 5 THEN 600 ELSE 0 END, 'bench', 'gpt-4o-mini', '', c.attempt,
        CASE WHEN s.kind = 4 THEN c.attempt END, c.moment, c.moment
    FROM bench_ledger b, generate_series(p * b.calls, (p + 1) * b.calls - 1) AS n,
        LATERAL (
            SELECT CASE WHEN n % 5 < 2 THEN 'wal_bench_0' ELSE 'wal_bench_' || (1 + (n / 5 * 3 + n % 5 - 2) % 999) END AS wallet,
                CASE WHEN n % 5 < 2 THEN n / 5 * 2 + n % 5 ELSE (n / 5 * 3 + n % 5 - 2) / 999 END AS i,
                (lpad(to_hex(n), 12, '0') || '70008000000000000000')::uuid AS attempt, b.start + b.step * n AS moment) c,
        LATERAL (SELECT (p + 1) * b.amount - 400 * c.i AS here, 400 * c.i AS spent) a,
        LATERAL (VALUES
            (3, 1000, 2, a.here, 3, 0, a.here),
            (4, 400, 3, 1000, 5, a.spent, a.here - 1000),
            (5, 600, 3, 600, 2, a.here - 1000, a.here - 1000)) AS s(kind, amount, from_account, from_before, to_account, to_before, available)
$$;

CALL bench_month(0);
CALL bench_month(1);
CALL bench_month(2);

UPDATE wallet w SET available = 3 * b.amount - 400 * c.calls, spent = 400 * c.calls, credited = 3 * b.amount, last_recorded_at = b.start + b.step * (3 * b.calls)
FROM bench_ledger b, generate_series(0, 999) AS n, LATERAL (SELECT bench_calls_before(n, 3 * b.calls) AS calls) c
WHERE w.wallet_id = 'wal_bench_' || n;

UPDATE wallet w SET available = w.available - 3000 * b.amount, moved_out = w.moved_out + 3000 * b.amount FROM bench_ledger b WHERE wallet_id = 'wal_organisation';
