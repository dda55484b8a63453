using Npgsql;
using Platform.Contracts.Events;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Postings;

/// <summary>
/// Usage that needs a row which another transaction keeps locked, of a wallet, a cap's count, a hold or a lease: it is put off, so that all else of its message is posted and the
/// message makes room for the next (docs/decisions/0291).
/// </summary>
internal sealed partial class KeptUsage(LedgerDatabase database, KeptRows kept, ILogger<KeptUsage> log)
{
    /// <summary>Of what is put off.</summary>
    internal const string Why = "another transaction keeps locked the wallet that pays for it, its hold or lease, or the count of a cap";

    private const string FindRows = """
        WITH item AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS i(record_id, attempt_id, lease_id))
        SELECT i.record_id, h.wallet_id, h.cap_accounts, h.attempt_id, NULL::uuid FROM item i JOIN hold h USING (attempt_id) WHERE h.wallet_id IS NOT NULL
        UNION ALL SELECT i.record_id, l.wallet_id, l.cap_accounts, NULL, l.lease_id FROM item i JOIN lease l USING (lease_id)
        UNION ALL SELECT i.record_id, p.wallet_id, '{}', NULL, NULL FROM item i JOIN posting p USING (attempt_id)
        """;

    private const string FindWallets = "SELECT wallet_id FROM wallet WHERE wallet_id = ANY($1)";

    /// <summary>The reason, by record.</summary>
    public static Dictionary<Guid, string> WhysOf(IEnumerable<UsageMeteredItem> items) => items.ToDictionary(item => item.RecordId, _ => Why);

    /// <summary>Records whose rows are known to be kept, with the reason.</summary>
    /// <param name="waitedInVain">Posting them has just waited for a lock in vain: looks which rows are kept.</param>
    public async Task<Dictionary<Guid, string>> FindAsync(List<UsageMeteredItem> items, bool waitedInVain, CancellationToken cancellationToken)
    {
        if (items.Count == 0 || (kept.IsEmpty && !waitedInVain))
        {
            return [];
        }

        await using var connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        var needs = await ReadNeedsAsync(connection, items, cancellationToken);
        var rows = needs.Select(need => need.Row).Distinct().ToList();
        await (waitedInVain ? kept.LookAsync(connection, rows, cancellationToken) : kept.AskAgainAsync(connection, rows, cancellationToken));
        var found = needs.Where(need => kept.Contains(need.Row)).ToLookup(need => need.RecordId, need => need.Row);
        if (found.Count > 0)
        {
            LogPutOff(found.Count, string.Join(", ", found.SelectMany(ofRecord => ofRecord).Distinct().Take(5)));
        }

        return WhysOf(items.Where(item => found.Contains(item.RecordId)));
    }

    /// <summary>The rows that posting locks for each record: whoever may be charged, its hold's or lease's, and what its attempt was charged to before.</summary>
    private static async Task<List<(Guid RecordId, LedgerRow Row)>> ReadNeedsAsync(NpgsqlConnection connection, List<UsageMeteredItem> items, CancellationToken cancellationToken)
    {
        var candidates = items.SelectMany(CandidatesOf).Distinct().ToArray();
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                LedgerStore.Command(
                    FindRows, items.Select(item => item.RecordId).ToArray(), items.Select(item => item.AttemptId).ToArray(), items.Select(item => item.LeaseId).ToArray()),
                LedgerStore.Command(FindWallets, (object)candidates),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var needs = new List<(Guid RecordId, LedgerRow Row)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var recordId = reader.GetGuid(0);
            needs.Add((recordId, LedgerRow.Wallet(reader.GetString(1))));
            needs.AddRange(reader.GetFieldValue<long[]>(2).Select(account => (recordId, LedgerRow.Cap(account))));
            if (!reader.IsDBNull(3))
            {
                needs.Add((recordId, LedgerRow.Hold(reader.GetGuid(3))));
            }

            if (!reader.IsDBNull(4))
            {
                needs.Add((recordId, LedgerRow.Lease(reader.GetGuid(4))));
            }
        }

        await reader.NextResultAsync(cancellationToken);
        var there = new HashSet<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            there.Add(reader.GetString(0));
        }

        foreach (var item in items)
        {
            // Usage of a team that nobody knows is the organisation's.
            var charged = CandidatesOf(item).Where(there.Contains).DefaultIfEmpty(WalletAccounts.OrganisationId);
            needs.AddRange(charged.Select(walletId => (item.RecordId, LedgerRow.Wallet(walletId))));
        }

        return needs;
    }

    private static string[] CandidatesOf(UsageMeteredItem item) => WalletAccounts.Candidates(item.TeamId, item.UserId, item.ApplicationId);

    [LoggerMessage(
        LogLevel.Warning,
        "{Records} usage records are put off since another transaction keeps locked what posting them needs: {Rows}; pg_stat_activity and pg_locks show which one.")]
    private partial void LogPutOff(int records, string rows);
}
