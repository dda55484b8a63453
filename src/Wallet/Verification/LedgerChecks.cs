using Npgsql;
using Platform.Wallet.Allocations;
using Platform.Wallet.Controls;
using Platform.Wallet.Leases;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Verification;

/// <summary>What must never be, as statements that answer one sentence for each thing that is wrong. Accounts and kinds by number: see Account and TransferKind.</summary>
internal static class LedgerChecks
{
    private const string SumIsZero = """
        SELECT format('All accounts add up to %s instead of 0.', total)
        FROM (SELECT sum(available::numeric + held + suspense + spent - overage - CASE WHEN team_id IS NULL THEN credited ELSE 0 END) AS total FROM wallet) s
        WHERE total <> 0
        """;

    private const string CountedAlongTheTree = """
        SELECT format('%s says that %s of its money is below it, but the wallets there say that %s was put into them.', w.wallet_id, w.moved_out, coalesce(b.credited, 0))
        FROM wallet w LEFT JOIN (SELECT parent_id, sum(credited) AS credited FROM wallet GROUP BY parent_id) b ON b.parent_id = w.wallet_id
        WHERE w.moved_out <> coalesce(b.credited, 0)
        ORDER BY 1 LIMIT 100
        """;

    private const string CorrectionsAreOpposites = """
        SELECT format('Transfer %s takes back %s, but is not its opposite.', c.transfer_id, c.corrects)
        FROM transfer c LEFT JOIN transfer o ON o.transfer_id = c.corrects AND o.kind IN (1, 2, 9, 10)
        WHERE c.corrects IS NOT NULL AND (o.transfer_id IS NULL
            OR (o.amount, o.from_wallet, o.from_account, o.to_wallet, o.to_account) <> (c.amount, c.to_wallet, c.to_account, c.from_wallet, c.from_account))
        ORDER BY 1 LIMIT 100
        """;

    private const string HeldByHoldsAndLeases = """
        SELECT format('%s holds %s and has %s in suspense, but its holds and leases say %s and %s.', w.wallet_id, w.held, w.suspense, coalesce(h.held, 0), coalesce(h.suspense, 0))
        FROM wallet w LEFT JOIN (
            SELECT wallet_id, sum(held) FILTER (WHERE NOT in_suspense) AS held, sum(held) FILTER (WHERE in_suspense) AS suspense
            FROM (
                SELECT wallet_id, held, state = 4 AS in_suspense FROM hold WHERE ended_at IS NULL
                UNION ALL SELECT wallet_id, held, state = 5 FROM lease WHERE state < 6) parts
            GROUP BY wallet_id) h USING (wallet_id)
        WHERE w.held <> coalesce(h.held, 0) OR w.suspense <> coalesce(h.suspense, 0)
        ORDER BY 1 LIMIT 100
        """;

    private const string EntriesHaveWallets = """
        SELECT format('%s entries are of wallet %s, which does not exist.', entries, wallet_id)
        FROM (SELECT wallet_id, count(*) AS entries FROM ledger_entry GROUP BY wallet_id) e
        WHERE NOT EXISTS (SELECT FROM wallet w WHERE w.wallet_id = e.wallet_id)
        ORDER BY 1 LIMIT 100
        """;

    /// <summary>Small, whatever the length of the ledger's history: of balances, of what is open, and of what people made.</summary>
    public static readonly IReadOnlyList<string> OfBalances =
    [
        SumIsZero, CountedAlongTheTree, CorrectionsAreOpposites, HeldByHoldsAndLeases, .. VerifyPeriods.OfBalances, .. VerifyLeases.OfBalances, .. VerifyCaps.OfBalances,
    ];

    /// <summary>Over every entry ever made, beside the replay.</summary>
    public static readonly IReadOnlyList<string> OfAllEntries =
        [EntriesHaveWallets, HoldsFromEntries(""), .. VerifyPostings.OfAllEntries, .. VerifyLeases.OfAllEntries, .. VerifyCaps.OfAllEntries];

    /// <summary>As of all entries, for the attempts in <c>$1</c>.</summary>
    public static readonly string HoldsOfAttempts = HoldsFromEntries("AND attempt_id = ANY($1)");

    // Account by account: two holds of one wallet that have changed places would leave its sums as they are.
    private static string HoldsFromEntries(string ofAttempts) => $"""
        WITH derived AS (
            SELECT attempt_id, wallet_id, coalesce(sum(amount) FILTER (WHERE account = 3), 0) AS held, coalesce(sum(amount) FILTER (WHERE account = 4), 0) AS suspense
            FROM ledger_entry WHERE account IN (3, 4) AND NOT of_lease {ofAttempts} GROUP BY attempt_id, wallet_id),
        stated AS (
            SELECT attempt_id, wallet_id, CASE WHEN state = 4 THEN 0 ELSE held END AS held, CASE WHEN state = 4 THEN held ELSE 0 END AS suspense
            FROM hold WHERE wallet_id IS NOT NULL {ofAttempts})
        SELECT format('Hold %s sets %s aside and has %s in suspense, but its entries say %s and %s.',
            attempt_id, coalesce(s.held, 0), coalesce(s.suspense, 0), coalesce(d.held, 0), coalesce(d.suspense, 0))
        FROM stated s FULL JOIN derived d USING (attempt_id, wallet_id)
        WHERE (coalesce(s.held, 0), coalesce(s.suspense, 0)) IS DISTINCT FROM (coalesce(d.held, 0), coalesce(d.suspense, 0))
        ORDER BY 1 LIMIT 100
        """;

    public static async Task RunAsync(
        NpgsqlTransaction transaction, IEnumerable<string> checks, ICollection<string> findings, CancellationToken cancellationToken, params object[] values)
    {
        foreach (var check in checks)
        {
            await using var command = new NpgsqlCommand(check, transaction.Connection, transaction) { CommandTimeout = 0 };
            foreach (var value in values)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            }

            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                findings.Add(reader.GetString(0));
            }
        }
    }
}
