namespace Platform.Wallet.Leases;

/// <summary>What Verify looks for in leases; each statement answers one sentence for each thing that is wrong. Kinds and accounts by number.</summary>
internal static class VerifyLeases
{
    // Kinds: 3 reserve, 4 settlement, 5 release, 6 suspense. Accounts: 2 available, 3 held, 4 suspense, 5 spent. Given back by the holder and by an operator are
    // the same movement, so their sum is derived.
    private const string TotalsFromTransfers = """
        WITH derived AS (
            SELECT lease_id,
                coalesce(sum(amount) FILTER (WHERE kind = 3), 0) AS granted,
                coalesce(sum(amount) FILTER (WHERE kind = 5), 0) AS given_back,
                coalesce(sum(amount) FILTER (WHERE kind = 4 AND from_account IN (3, 4) AND to_account = 5), 0) AS posted,
                coalesce(sum(amount) FILTER (WHERE kind = 6 AND attempt_id IS NOT NULL), 0) AS suspended
            FROM transfer WHERE lease_id IS NOT NULL GROUP BY lease_id)
        SELECT format('Lease %s says granted %s, given back %s, posted %s, suspended %s, but its transfers say %s, %s, %s, %s.',
            coalesce(l.lease_id, d.lease_id), l.granted, l.returned + l.released, l.posted, l.suspended, d.granted, d.given_back, d.posted, d.suspended)
        FROM lease l FULL JOIN derived d USING (lease_id)
        WHERE (coalesce(l.granted, 0), coalesce(l.returned + l.released, 0), coalesce(l.posted, 0), coalesce(l.suspended, 0))
            IS DISTINCT FROM (coalesce(d.granted, 0), coalesce(d.given_back, 0), coalesce(d.posted, 0), coalesce(d.suspended, 0))
        ORDER BY 1 LIMIT 100
        """;

    private const string HeldFromEntries = """
        WITH derived AS (
            SELECT lease_id, wallet_id, coalesce(sum(amount) FILTER (WHERE account = 3), 0) AS held, coalesce(sum(amount) FILTER (WHERE account = 4), 0) AS suspense
            FROM ledger_entry WHERE account IN (3, 4) AND of_lease GROUP BY lease_id, wallet_id),
        stated AS (
            SELECT lease_id, wallet_id, CASE WHEN state = 5 THEN 0 ELSE held END AS held, CASE WHEN state = 5 THEN held ELSE 0 END AS suspense FROM lease)
        SELECT format('Lease %s sets %s aside and has %s in suspense, but its entries say %s and %s.', lease_id, s.held, s.suspense, d.held, d.suspense)
        FROM stated s FULL JOIN derived d USING (lease_id, wallet_id)
        WHERE (coalesce(s.held, 0), coalesce(s.suspense, 0)) IS DISTINCT FROM (coalesce(d.held, 0), coalesce(d.suspense, 0))
        ORDER BY 1 LIMIT 100
        """;

    private const string SuspendedDraws = """
        SELECT format('Lease %s says that %s went to suspense attempt by attempt, but those attempts say %s.', lease_id, l.suspended, coalesce(h.bound, 0))
        FROM lease l FULL JOIN (SELECT lease_id, sum(bound) AS bound FROM hold WHERE lease_id IS NOT NULL GROUP BY lease_id) h USING (lease_id)
        WHERE coalesce(l.suspended, 0) <> coalesce(h.bound, 0)
        ORDER BY 1 LIMIT 100
        """;

    private const string UndrawnOfWallets = """
        SELECT format('%s counts %s as undrawn in leases, but its leases say %s.', w.wallet_id, w.leased_undrawn, coalesce(l.undrawn, 0))
        FROM wallet w LEFT JOIN (
            SELECT wallet_id, sum(granted - returned - drawn - open) AS undrawn FROM lease WHERE state < 4 GROUP BY wallet_id) l USING (wallet_id)
        WHERE w.leased_undrawn <> coalesce(l.undrawn, 0)
        ORDER BY 1 LIMIT 100
        """;

    private const string DrawnOfWallets = """
        SELECT format('%s counts %s as drawn in leases and not posted, but its leases say %s.', w.wallet_id, w.leased_drawn, coalesce(l.drawn, 0))
        FROM wallet w LEFT JOIN (
            SELECT wallet_id, sum(greatest(0, least(held, drawn - posted - suspended))) AS drawn FROM lease WHERE state <> 5 GROUP BY wallet_id) l USING (wallet_id)
        WHERE w.leased_drawn <> coalesce(l.drawn, 0)
        ORDER BY 1 LIMIT 100
        """;

    /// <summary>Small, whatever the length of the ledger's history.</summary>
    public static readonly string[] OfBalances = [UndrawnOfWallets, DrawnOfWallets];

    public static readonly string[] OfAllEntries = [TotalsFromTransfers, HeldFromEntries, SuspendedDraws];
}
