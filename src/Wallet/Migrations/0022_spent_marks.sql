-- What a wallet and all below it spend: asked of ten thousand wallets at three moments, each by halving its history, it took seconds.

-- What a wallet and all below it had spent at a full hour that is long past, less refunds. Looked up once and kept, since it never changes. It refers to no row of wallet:
-- wallets are never deleted, and a look must not wait for whoever changes the wallet, nor they for it.
CREATE TABLE spent_mark (
    wallet_id text        NOT NULL,
    marked_at timestamptz NOT NULL,
    spent     bigint      NOT NULL,
    PRIMARY KEY (wallet_id, marked_at)
);

-- Each replica forgets old ones once a minute.
CREATE INDEX spent_mark_by_hour ON spent_mark (marked_at);

-- The sequence of about the last transfer that was recorded before a moment, of all wallets; 0 when there is none. Within one wallet the order of moments is that of
-- sequences; between wallets it is nearly so, and whoever asks checks what stands on both sides.
CREATE FUNCTION transfer_near(p_moment timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    low bigint := 0;
    high bigint := coalesce((SELECT max(transfer_seq) FROM transfer), 0);
    middle bigint;
    found_seq bigint;
    found_at timestamptz;
BEGIN
    WHILE low < high LOOP
        middle := low + (high - low) / 2 + 1;
        SELECT transfer_seq, recorded_at INTO found_seq, found_at FROM transfer
        WHERE transfer_seq > low AND transfer_seq <= middle ORDER BY transfer_seq DESC LIMIT 1;
        IF found_seq IS NULL OR found_at < p_moment THEN
            low := least(middle, high);
        ELSE
            high := found_seq - 1;
        END IF;
    END LOOP;
    RETURN low;
END $$;

-- All that was spent of a wallet and all below it before a moment, less refunds: the sum of wallet_spent_at. Each wallet's last transfers of the kinds that touch spent
-- (see wallet_at) are looked for around one sequence first: where the one before it is of before the moment and the one behind it is not, the one before it is the
-- answer. Only wallets of which that is not so are searched.
CREATE FUNCTION tree_spent_at(p_wallet text, p_moment timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    near bigint := transfer_near(p_moment);
BEGIN
    RETURN (
        SELECT coalesce(sum(CASE
            WHEN w.last_recorded_at IS NULL OR w.last_recorded_at < p_moment THEN w.spent
            WHEN f.fits THEN coalesce((
                SELECT CASE WHEN t.to_account = 5 THEN t.to_after ELSE t.from_after END FROM transfer t WHERE t.transfer_seq = f.last_seq), 0)
            ELSE wallet_spent_at(w.wallet_id, p_moment) END), 0)::bigint
        FROM wallet w LEFT JOIN LATERAL (
            SELECT max(b.transfer_seq) AS last_seq, bool_and(coalesce(b.recorded_at < p_moment, true) AND coalesce(a.recorded_at >= p_moment, true)) AS fits
            FROM unnest('{4,7,11}'::smallint[]) AS k
            LEFT JOIN LATERAL (
                SELECT transfer_seq, recorded_at FROM transfer
                WHERE to_wallet = w.wallet_id AND kind = k AND -transfer_seq >= -near ORDER BY -transfer_seq LIMIT 1) b ON true
            LEFT JOIN LATERAL (
                SELECT recorded_at FROM transfer
                WHERE to_wallet = w.wallet_id AND kind = k AND -transfer_seq < -near ORDER BY -transfer_seq DESC LIMIT 1) a ON true
        ) f ON w.last_recorded_at >= p_moment
        WHERE w.wallet_id = p_wallet OR w.parent_id = p_wallet OR w.parent_id IN (SELECT wallet_id FROM wallet WHERE parent_id = p_wallet));
END $$;
