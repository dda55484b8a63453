using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Holds;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Postings;

/// <param name="PostingId">The usage record.</param>
/// <param name="Funding">leased or external.</param>
internal sealed record PostingRow(Guid PostingId, Guid AttemptId, string WalletId, string Model, string Funding, DateTimeOffset OccurredAt);

/// <summary>What a batch is decided from, behind the locks of its wallets.</summary>
/// <param name="Posted">The wallet of the first record that was posted before for each of the asked attempts; those without one are missing.</param>
internal sealed record PostingState(
    List<WalletAccounts> Wallets, Dictionary<Guid, HoldSnapshot> Holds, Dictionary<Guid, LeaseSnapshot> Leases, Dictionary<Guid, string> Posted);

/// <summary>All SQL of postings.</summary>
internal sealed class PostingStore(NpgsqlDataSource dataSource)
{
    private const string LockWallets = $"""
        SELECT {LedgerStore.Columns} FROM wallet
        WHERE wallet_id IN (
            SELECT h.wallet_id FROM hold h WHERE h.attempt_id = ANY($1)
            UNION SELECT l.wallet_id FROM lease l WHERE l.lease_id = ANY($2)
            UNION SELECT unnest($3)
            UNION SELECT p.wallet_id FROM posting p WHERE p.attempt_id = ANY($4))
        ORDER BY wallet_id FOR UPDATE
        """;

    private const string ListWallets = "SELECT wallet_id FROM wallet WHERE team_id = ANY($1)";

    private const string ReadPosted = """
        SELECT DISTINCT ON (attempt_id) attempt_id, wallet_id FROM posting WHERE attempt_id = ANY($1) ORDER BY attempt_id, recorded_at
        """;

    private const string Insert = """
        INSERT INTO posting (posting_id, attempt_id, wallet_id, model, funding, occurred_at, recorded_at)
        SELECT posting_id, attempt_id, wallet_id, model, funding, occurred_at, $7
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
            AS p(posting_id, attempt_id, wallet_id, model, funding, occurred_at)
        ORDER BY attempt_id, posting_id
        ON CONFLICT DO NOTHING
        RETURNING posting_id
        """;

    // Amounts come from the transfers; a posting without any cost nothing. Account 5 is spent, 6 is overage.
    private const string List = """
        SELECT p.posting_id, p.attempt_id, p.wallet_id, coalesce(w.team_id, ''), p.model, p.funding,
            coalesce(sum(CASE WHEN t.to_account = 5 THEN t.amount WHEN t.from_account = 5 THEN -t.amount ELSE 0 END), 0)::bigint,
            coalesce(sum(t.amount) FILTER (WHERE t.from_account = 6), 0)::bigint, p.occurred_at, p.recorded_at
        FROM posting p JOIN wallet w USING (wallet_id) LEFT JOIN transfer t ON t.attempt_id = p.attempt_id AND t.posting_id = p.posting_id
        WHERE p.occurred_at >= $1 AND p.occurred_at < $2
        GROUP BY p.attempt_id, p.posting_id, w.team_id
        ORDER BY p.attempt_id, p.posting_id
        """;

    /// <summary>
    /// Locks the wallets of these holds, of these leases, and others beside them, in order, and reads the rest behind the locks: one round trip.
    /// </summary>
    /// <param name="corrected">Attempts of which is asked what was posted for them before.</param>
    public static async Task<PostingState> LockAsync(
        NpgsqlTransaction transaction, Guid[] attempts, Guid[] leaseIds, string[] otherWallets, Guid[] corrected, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            BatchCommands =
            {
                LedgerStore.Command(LockWallets, attempts, leaseIds, otherWallets, corrected), LedgerStore.Command(HoldStore.Read, attempts),
                LedgerStore.Command(LeaseStore.Read, leaseIds), LedgerStore.Command(ReadPosted, corrected),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var wallets = new List<WalletAccounts>();
        while (await reader.ReadAsync(cancellationToken))
        {
            wallets.Add(LedgerStore.ReadWallet(reader));
        }

        await reader.NextResultAsync(cancellationToken);
        var holds = new Dictionary<Guid, HoldSnapshot>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var hold = HoldStore.ReadHold(reader);
            holds.Add(hold.AttemptId, hold);
        }

        await reader.NextResultAsync(cancellationToken);
        var leases = (await LeaseStore.ReadLeasesAsync(reader, cancellationToken)).ToDictionary(lease => lease.LeaseId);
        await reader.NextResultAsync(cancellationToken);
        var posted = new Dictionary<Guid, string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            posted.Add(reader.GetGuid(0), reader.GetString(1));
        }

        return new PostingState(wallets, holds, leases, posted);
    }

    /// <summary>All wallets of these teams. Not locked.</summary>
    public static async Task<List<string>> ListWalletsAsync(NpgsqlTransaction transaction, string[] teams, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ListWallets, transaction.Connection, transaction) { Parameters = { new() { Value = teams } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var wallets = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            wallets.Add(reader.GetString(0));
        }

        return wallets;
    }

    /// <summary>Enters usage records that are to be posted; answers those that were not there yet.</summary>
    public static async Task<HashSet<Guid>> ClaimAsync(
        NpgsqlTransaction transaction, IReadOnlyCollection<PostingRow> rows, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction) { BatchCommands = { InsertCommand(rows, now) } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var claimed = new HashSet<Guid>();
        while (await reader.ReadAsync(cancellationToken))
        {
            claimed.Add(reader.GetGuid(0));
        }

        return claimed;
    }

    /// <summary>Postings of a half-open span of occurred_at, by attempt and posting.</summary>
    public async IAsyncEnumerable<Posting> ListAsync(
        DateTimeOffset? occurredFrom, DateTimeOffset? occurredBefore, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(List);
        command.Parameters.Add(new() { Value = occurredFrom ?? DateTimeOffset.MinValue, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = occurredBefore ?? DateTimeOffset.MaxValue, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            yield return new Posting
            {
                PostingId = reader.GetGuid(0).ToString(),
                AttemptId = reader.GetGuid(1).ToString(),
                WalletId = reader.GetString(2),
                TeamId = reader.GetString(3),
                Model = reader.GetString(4),
                Funding = reader.GetString(5),
                CostNanos = reader.GetInt64(6),
                OverageNanos = reader.GetInt64(7),
                OccurredAt = reader.GetFieldValue<DateTimeOffset>(8).ToTimestampUtc(),
                RecordedAt = reader.GetFieldValue<DateTimeOffset>(9).ToTimestampUtc(),
            };
        }
    }

    private static NpgsqlBatchCommand InsertCommand(IReadOnlyCollection<PostingRow> rows, DateTimeOffset now) => LedgerStore.Command(
        Insert, rows.Select(r => r.PostingId).ToArray(), rows.Select(r => r.AttemptId).ToArray(), rows.Select(r => r.WalletId).ToArray(),
        rows.Select(r => r.Model).ToArray(), rows.Select(r => r.Funding).ToArray(), rows.Select(r => r.OccurredAt).ToArray(), now);
}
