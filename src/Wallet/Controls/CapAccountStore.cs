using Npgsql;
using Platform.Contracts;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Controls;

/// <summary>All SQL of cap accounts. They are locked after the wallets, in the order of their ids.</summary>
internal sealed class CapAccountStore(NpgsqlDataSource dataSource)
{
    /// <summary>One statement for what is debited and for what may be given back, so that all locks are taken in one order.</summary>
    private const string Lock = """
        SELECT account_id, cap_id, period_to, limit_nanos, used, (SELECT amount FROM cap WHERE cap.cap_id = cap_account.cap_id) FROM cap_account
        WHERE account_id = ANY($1) OR account_id IN (SELECT unnest(h.cap_accounts) FROM hold h WHERE h.attempt_id = ANY($2))
        ORDER BY account_id FOR UPDATE
        """;

    // Each is looked up and locked by itself, in the order of the arrays.
    private const string RequireRoom = """
        SELECT written_elsewhere()
        FROM (
            SELECT count(*) FILTER (WHERE n.debit = 0 OR a.limit_nanos IS NULL OR a.used::numeric + n.debit <= a.limit_nanos) AS with_room
            FROM unnest($1::bigint[], $2::bigint[]) AS n(account_id, debit)
            CROSS JOIN LATERAL (SELECT used, limit_nanos FROM cap_account WHERE account_id = n.account_id FOR UPDATE) AS a) AS found
        WHERE with_room <> cardinality($1)
        """;

    // Accounts that are only given back to are locked here, in their order as well.
    private const string Add = """
        WITH locked AS (SELECT account_id FROM cap_account WHERE account_id = ANY($1) ORDER BY account_id FOR UPDATE)
        UPDATE cap_account a SET used = a.used + n.change
        FROM unnest($1::bigint[], $2::bigint[]) AS n(account_id, change) JOIN locked USING (account_id)
        WHERE a.account_id = n.account_id
        """;

    // The cap's row is locked against a change of its amount, which would otherwise not reach an account that is made at the same moment.
    private static readonly string Open = $"""
        INSERT INTO cap_account (cap_id, period_from, period_to, limit_nanos)
        SELECT cap_id, $2, $3, {CapStore.Limit("$3")} FROM cap WHERE cap_id = $1 FOR SHARE
        ON CONFLICT (cap_id, period_from) DO NOTHING
        """;

    private const string Find = "SELECT account_id FROM cap_account WHERE cap_id = $1 AND period_from = $2";

    /// <summary>The account of a cap's period, made when it is the first to ask. A transaction of its own: an account that nothing was debited from harms nobody.</summary>
    public async Task<long> OpenAsync(string capId, CalendarPeriod period, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(LedgerStore.Command(Open, capId, period.From, period.To));
        batch.BatchCommands.Add(LedgerStore.Command(Find, capId, period.From));
        return (long)(await batch.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Locks these accounts and those of these holds; call it behind the wallets' locks.</summary>
    public static async Task<List<CapAccount>> LockAsync(
        NpgsqlTransaction transaction, long[] accountIds, Guid[] attemptIds, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction) { BatchCommands = { LockCommand(accountIds, attemptIds) } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadAsync(reader, cancellationToken);
    }

    /// <summary>The locking statement, for a batch that locks wallets before it; <see cref="ReadAsync"/> reads its result.</summary>
    public static NpgsqlBatchCommand LockCommand(long[] accountIds, Guid[] attemptIds) => LedgerStore.Command(Lock, accountIds, attemptIds);

    /// <summary>Locks accounts and fails the batch with <see cref="Holds.HoldStore.WrittenElsewhere"/> if one has too little room for what is to be debited.</summary>
    /// <param name="debits">Of each account in ascending order; 0: it is only given back to, and may be beyond its limit.</param>
    public static NpgsqlBatchCommand RequireRoomCommand(SortedDictionary<long, long> debits) => LedgerStore.Command(RequireRoom, debits.Keys.ToArray(), debits.Values.ToArray());

    public static async Task<List<CapAccount>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var accounts = new List<CapAccount>();
        while (await reader.ReadAsync(cancellationToken))
        {
            accounts.Add(new CapAccount(
                reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetFieldValue<long?>(3), reader.GetInt64(4))
            {
                Amount = reader.GetInt64(5),
            });
        }

        return accounts;
    }

    /// <summary>Writes what a unit did, in one round trip with whatever else the batch already holds.</summary>
    public static void AddTo(NpgsqlBatch batch, CapUnit unit)
    {
        var changes = unit.Changes.ToList();
        if (changes.Count > 0)
        {
            batch.BatchCommands.Add(LedgerStore.Command(Add, changes.Select(change => change.Key).ToArray(), changes.Select(change => change.Value).ToArray()));
        }
    }
}
