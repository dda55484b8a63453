using System.Collections.Concurrent;
using Npgsql;

namespace Platform.Wallet.Ledger;

/// <summary>A row that work of the ledger locks: a wallet's, or the count of a cap's period.</summary>
/// <param name="WalletId">Null for a count.</param>
/// <param name="CapAccount">Of a count; else 0.</param>
internal readonly record struct LedgerRow(string? WalletId, long CapAccount)
{
    public static LedgerRow Wallet(string walletId) => new(walletId, 0);

    public static LedgerRow Cap(long account) => new(null, account);

    public override string ToString() => WalletId ?? $"count {CapAccount} of a cap";
}

/// <summary>
/// Rows that another transaction keeps locked (an operator's, a stuck backend's): what needs one is refused or put off while that lasts, so that all else goes on
/// (docs/decisions/0291). One that has been found kept is asked again with the first work that needs it after <see cref="Pause"/>, and only for
/// <see cref="ProbeLimit"/>, since other work waits for as long. Safe for several at once: each may ask for itself.
/// </summary>
internal sealed class KeptRows(TimeProvider time)
{
    /// <summary>As long a row that is kept is not asked again.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>A row that nothing has needed for as long is forgotten, such as a count of a period that is over: while there is one, work asks what it needs.</summary>
    internal static readonly TimeSpan Unneeded = TimeSpan.FromMinutes(10);

    /// <summary>A row that is merely busy is free sooner; waiting in its queue, where its turn comes.</summary>
    private const string ProbeLimit = "SET LOCAL lock_timeout = '100ms'";

    private const string FindLockedWallets = """
        WITH free AS (SELECT wallet_id FROM wallet WHERE wallet_id = ANY($1) FOR UPDATE SKIP LOCKED)
        SELECT w.wallet_id FROM wallet w
        WHERE w.wallet_id = ANY($1) AND NOT EXISTS (SELECT FROM free WHERE free.wallet_id = w.wallet_id)
        ORDER BY w.wallet_id
        """;

    private const string FindLockedCaps = """
        WITH free AS (SELECT account_id FROM cap_account WHERE account_id = ANY($1) FOR UPDATE SKIP LOCKED)
        SELECT a.account_id FROM cap_account a
        WHERE a.account_id = ANY($1) AND NOT EXISTS (SELECT FROM free WHERE free.account_id = a.account_id)
        ORDER BY a.account_id
        """;

    private const string ProbeWallet = "SELECT FROM wallet WHERE wallet_id = $1 FOR UPDATE";

    private const string ProbeCap = "SELECT FROM cap_account WHERE account_id = $1 FOR UPDATE";

    /// <summary>When each was asked last, on the monotonic clock.</summary>
    private readonly ConcurrentDictionary<LedgerRow, long> _askedAt = new();

    public bool IsEmpty => _askedAt.IsEmpty;

    public bool Contains(LedgerRow row) => _askedAt.ContainsKey(row);

    /// <summary>After work that needs these rows has waited in vain for a lock: remembers which of them are kept.</summary>
    public async Task LookAsync(NpgsqlConnection connection, IReadOnlyCollection<LedgerRow> rows, CancellationToken cancellationToken) =>
        await ProbeAsync(connection, await FindLockedAsync(connection, rows, cancellationToken), cancellationToken);

    /// <summary>Asks again about those whose pause is over.</summary>
    public async Task AskAgainAsync(NpgsqlConnection connection, IEnumerable<LedgerRow> rows, CancellationToken cancellationToken)
    {
        await ProbeAsync(connection, [.. rows.Distinct().Where(IsDue).OrderBy(row => _askedAt.GetValueOrDefault(row))], cancellationToken);
        foreach (var (row, askedAt) in _askedAt)
        {
            if (time.GetElapsedTime(askedAt) >= Unneeded)
            {
                _askedAt.TryRemove(row, out _);
            }
        }
    }

    /// <summary>Which of these rows another transaction has locked at this moment, be it for long or not: wallets by id, then counts.</summary>
    public static async Task<List<LedgerRow>> FindLockedAsync(NpgsqlConnection connection, IReadOnlyCollection<LedgerRow> rows, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                LedgerStore.Command(FindLockedWallets, (object)rows.Select(row => row.WalletId).OfType<string>().Distinct().ToArray()),
                LedgerStore.Command(FindLockedCaps, rows.Where(row => row.WalletId is null).Select(row => row.CapAccount).Distinct().ToArray()),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var locked = new List<LedgerRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            locked.Add(LedgerRow.Wallet(reader.GetString(0)));
        }

        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            locked.Add(LedgerRow.Cap(reader.GetInt64(0)));
        }

        return locked;
    }

    private bool IsDue(LedgerRow row) => _askedAt.TryGetValue(row, out var askedAt) && time.GetElapsedTime(askedAt) >= Pause;

    /// <summary>One that is kept ends the round: the rest count as kept until they are asked with the next work, so that many do not add up their waits.</summary>
    private async Task ProbeAsync(NpgsqlConnection connection, List<LedgerRow> rows, CancellationToken cancellationToken)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            if (!await IsFreeAsync(connection, rows[i], cancellationToken))
            {
                _askedAt[rows[i]] = time.GetTimestamp();
                var due = time.GetTimestamp() - (long)(Pause.TotalSeconds * time.TimestampFrequency);
                foreach (var row in rows.Skip(i + 1))
                {
                    _askedAt.TryAdd(row, due);
                }

                return;
            }

            _askedAt.TryRemove(rows[i], out _);
        }
    }

    private static async Task<bool> IsFreeAsync(NpgsqlConnection connection, LedgerRow row, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(ProbeLimit),
                row.WalletId is { } walletId ? LedgerStore.Command(ProbeWallet, walletId) : LedgerStore.Command(ProbeCap, row.CapAccount),
            },
        };
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
            return true;
        }
        catch (PostgresException exception) when (LedgerDatabase.IsKept(exception))
        {
            return false;
        }
    }
}
