namespace Platform.Wallet.Allocations;

/// <summary>What Verify looks for in periods; each statement answers one sentence for each thing that is wrong. States by number.</summary>
internal static class VerifyPeriods
{
    private const string BoundariesOfPeriods = """
        SELECT format('%s says that money must return from it at %s, but its periods say %s.',
            w.wallet_id, coalesce(w.boundary_at::text, 'no time'), coalesce(p.ends_at::text, 'no time'))
        FROM wallet w LEFT JOIN (
            SELECT wallet_id, min(ends_at) AS ends_at FROM allocation_period WHERE state = 1 AND at_end = 1 GROUP BY wallet_id) p USING (wallet_id)
        WHERE w.boundary_at IS DISTINCT FROM p.ends_at
        ORDER BY 1 LIMIT 100
        """;

    private const string LeasesEndWithPeriods = """
        SELECT format('Lease %s may be drawn until %s, but money must return from %s at %s.', l.lease_id, coalesce(l.ends_at::text, 'any time'), w.wallet_id, w.boundary_at)
        FROM lease l JOIN wallet w USING (wallet_id)
        WHERE l.state = 1 AND w.boundary_at IS NOT NULL AND (l.ends_at IS NULL OR l.ends_at > w.boundary_at)
        ORDER BY 1 LIMIT 100
        """;

    /// <summary>Small, whatever the length of the ledger's history.</summary>
    public static readonly string[] OfBalances = [BoundariesOfPeriods, LeasesEndWithPeriods];
}
