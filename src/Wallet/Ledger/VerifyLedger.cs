using System.Data;
using Npgsql;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Controls;
using Platform.Wallet.Leases;

namespace Platform.Wallet.Ledger;

/// <summary>
/// Derives every balance from its entries and looks for what must never be, on one snapshot of the live database and without locking anything.
/// Each check answers one sentence for each thing that is wrong.
/// </summary>
internal sealed class VerifyLedger(NpgsqlDataSource dataSource)
{
    private const string Count = "SELECT (SELECT count(*) FROM wallet), (SELECT 2 * count(*) FROM transfer)";

    // Accounts and kinds by number: see Account and TransferKind.
    private const string BalancesFromEntries = """
        WITH derived AS (
            SELECT wallet_id, account, sum(amount) AS balance FROM ledger_entry GROUP BY wallet_id, account),
        stated AS (
            SELECT w.wallet_id, a.account, a.name, a.balance
            FROM wallet w, LATERAL (VALUES
                (1, 'funding', CASE WHEN w.team_id IS NULL THEN -w.credited ELSE 0 END), (2, 'available', w.available), (3, 'held', w.held),
                (4, 'suspense', w.suspense), (5, 'spent', w.spent), (6, 'overage', -w.overage)) AS a(account, name, balance))
        SELECT format('%s:%s is %s, but its entries add up to %s.', s.wallet_id, s.name, s.balance, coalesce(d.balance, 0))
        FROM stated s LEFT JOIN derived d USING (wallet_id, account)
        WHERE s.balance <> coalesce(d.balance, 0)
        ORDER BY 1 LIMIT 100
        """;

    private const string MovedBetweenWallets = """
        SELECT format('%s says it received %s and passed on %s, but its transfers say %s and %s.', w.wallet_id, w.credited, w.moved_out, i.amount, o.amount)
        FROM wallet w,
            LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM transfer t WHERE t.to_wallet = w.wallet_id AND t.kind IN (1, 2)) i,
            LATERAL (SELECT coalesce(sum(amount), 0) AS amount FROM transfer t WHERE t.from_wallet = w.wallet_id AND t.kind = 2) o
        WHERE w.credited <> i.amount OR w.moved_out <> o.amount
        ORDER BY 1 LIMIT 100
        """;

    private const string SumIsZero = """
        SELECT format('All accounts add up to %s instead of 0.', total)
        FROM (SELECT sum(available::numeric + held + suspense + spent - overage - CASE WHEN team_id IS NULL THEN credited ELSE 0 END) AS total FROM wallet) s
        WHERE total <> 0
        """;

    private const string ChainIsWhole = """
        SELECT format('Transfer %s finds %s:%s at %s, but the entry before left %s.', transfer_seq, wallet_id, account, balance_before, previous)
        FROM (SELECT *, lag(balance_after, 1, 0) OVER (PARTITION BY wallet_id, account ORDER BY transfer_seq) AS previous FROM ledger_entry) e
        WHERE balance_before <> previous
        ORDER BY transfer_seq LIMIT 100
        """;

    private const string HoldsFromEntries = """
        WITH derived AS (
            SELECT attempt_id, wallet_id, sum(amount) AS held FROM ledger_entry WHERE account IN (3, 4) AND NOT of_lease GROUP BY attempt_id, wallet_id)
        SELECT format('Hold %s sets %s aside, but its entries say %s.', coalesce(h.attempt_id, d.attempt_id), coalesce(h.held, 0), coalesce(d.held, 0))
        FROM (SELECT * FROM hold WHERE wallet_id IS NOT NULL) h FULL JOIN derived d USING (attempt_id, wallet_id)
        WHERE coalesce(h.held, 0) <> coalesce(d.held, 0)
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

    private static readonly string[] Checks =
    [
        BalancesFromEntries, MovedBetweenWallets, SumIsZero, ChainIsWhole, HoldsFromEntries, HeldByHoldsAndLeases, .. VerifyLeases.Checks, .. VerifyCaps.Checks,
    ];

    public async Task<VerifyResponse> RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var response = new VerifyResponse();
        await using (var command = new NpgsqlCommand(Count, connection, transaction))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            response.Wallets = reader.GetInt64(0);
            response.Entries = reader.GetInt64(1);
        }

        foreach (var check in Checks)
        {
            await using var command = new NpgsqlCommand(check, connection, transaction);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                response.Findings.Add(reader.GetString(0));
            }
        }

        response.Consistent = response.Findings.Count == 0;
        return response;
    }
}
