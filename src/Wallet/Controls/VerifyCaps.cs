namespace Platform.Wallet.Controls;

/// <summary>What Verify looks for in caps; each statement answers one sentence for each thing that is wrong. Accounts by number.</summary>
internal static class VerifyCaps
{
    // Accounts: 3 held, 4 suspense, 5 spent. Of a hold or lease under a cap, what is set aside and what was spent from it is used; what came from elsewhere
    // (overage, available) is not.
    private const string UsedFromHoldsAndLeases = """
        WITH spent AS (
            SELECT attempt_id, sum(amount) AS amount FROM transfer
            WHERE attempt_id IS NOT NULL AND lease_id IS NULL AND from_account IN (3, 4) AND to_account = 5 GROUP BY attempt_id),
        parts AS (
            SELECT h.cap_accounts, h.held + coalesce(s.amount, 0) AS used FROM hold h LEFT JOIN spent s USING (attempt_id) WHERE h.cap_accounts <> '{}'
            UNION ALL SELECT cap_accounts, held + posted FROM lease WHERE cap_accounts <> '{}'),
        counted AS (SELECT account_id, sum(used) AS used FROM parts CROSS JOIN LATERAL unnest(cap_accounts) AS account_id GROUP BY account_id)
        SELECT format('Cap %s says that %s of its period from %s is used, but its holds and leases say %s.', a.cap_id, a.used, a.period_from, coalesce(c.used, 0))
        FROM cap_account a LEFT JOIN counted c USING (account_id)
        WHERE a.used <> coalesce(c.used, 0)
        ORDER BY 1 LIMIT 100
        """;

    // Whoever changes a cap writes its limit into periods that end later by that replica's clock, and this asks the database's: a period that ends within the widest difference of clocks may have ended
    // for one of them only, and is left out.
    private static readonly string LimitsFromCaps = $"""
        SELECT format('Cap %s limits its period from %s to %s, but the cap says %s.', a.cap_id, a.period_from, a.limit_nanos, {CapStore.Limit("a.period_to")})
        FROM cap_account a JOIN cap c USING (cap_id)
        WHERE a.period_to > now() + interval '1 minute' AND a.limit_nanos IS DISTINCT FROM {CapStore.Limit("a.period_to")}
        ORDER BY 1 LIMIT 100
        """;

    /// <summary>Small, whatever the length of the ledger's history.</summary>
    public static readonly string[] OfBalances = [LimitsFromCaps];

    public static readonly string[] OfAllEntries = [UsedFromHoldsAndLeases];
}
