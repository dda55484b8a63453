using System.Collections.Concurrent;
using Npgsql;

namespace Platform.Wallet.Ledger;

/// <summary>Whose rows work of the ledger waits for.</summary>
internal enum LedgerTable
{
    Wallet,

    /// <summary>The count of a cap's period.</summary>
    CapAccount,

    Hold,

    Lease,
}

/// <summary>A row that work of the ledger locks.</summary>
/// <param name="WalletId">Of a wallet; else null.</param>
/// <param name="CapAccount">Of a count; else 0.</param>
/// <param name="Id">The attempt's of a hold, or the lease's; else zero.</param>
internal readonly record struct LedgerRow(LedgerTable Table, string? WalletId, long CapAccount, Guid Id)
{
    public static LedgerRow Wallet(string walletId) => new(LedgerTable.Wallet, walletId, 0, default);

    public static LedgerRow Cap(long account) => new(LedgerTable.CapAccount, null, account, default);

    public static LedgerRow Hold(Guid attemptId) => new(LedgerTable.Hold, null, 0, attemptId);

    public static LedgerRow Lease(Guid leaseId) => new(LedgerTable.Lease, null, 0, leaseId);

    public override string ToString() => Table switch
    {
        LedgerTable.Wallet => WalletId!,
        LedgerTable.CapAccount => $"count {CapAccount} of a cap",
        LedgerTable.Hold => $"hold {Id}",
        LedgerTable.Lease => $"lease {Id}",
    };
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

    /// <summary>The tables by name and key.</summary>
    private static readonly Dictionary<LedgerTable, (string Name, string Key)> Tables = new()
    {
        [LedgerTable.Wallet] = ("wallet", "wallet_id"), [LedgerTable.CapAccount] = ("cap_account", "account_id"), [LedgerTable.Hold] = ("hold", "attempt_id"),
        [LedgerTable.Lease] = ("lease", "lease_id"),
    };

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

    /// <summary>Which of these rows another transaction has locked at this moment, be it for long or not: by table, then by id.</summary>
    public static async Task<List<LedgerRow>> FindLockedAsync(NpgsqlConnection connection, IReadOnlyCollection<LedgerRow> rows, CancellationToken cancellationToken)
    {
        var locked = new List<LedgerRow>();
        var tables = rows.GroupBy(row => row.Table).OrderBy(ofTable => ofTable.Key).ToList();
        if (tables.Count == 0)
        {
            return locked;
        }

        await using var batch = new NpgsqlBatch(connection);
        foreach (var ofTable in tables)
        {
            batch.BatchCommands.Add(FindLocked(ofTable.Key, [.. ofTable.Distinct()]));
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        foreach (var ofTable in tables)
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                locked.Add(ofTable.Key switch
                {
                    LedgerTable.Wallet => LedgerRow.Wallet(reader.GetString(0)),
                    LedgerTable.CapAccount => LedgerRow.Cap(reader.GetInt64(0)),
                    LedgerTable.Hold => LedgerRow.Hold(reader.GetGuid(0)),
                    LedgerTable.Lease => LedgerRow.Lease(reader.GetGuid(0)),
                });
            }

            await reader.NextResultAsync(cancellationToken);
        }

        return locked;
    }

    private static NpgsqlBatchCommand FindLocked(LedgerTable table, LedgerRow[] rows)
    {
        var (name, key) = Tables[table];
        object keys = table switch
        {
            LedgerTable.Wallet => Array.ConvertAll(rows, row => row.WalletId!),
            LedgerTable.CapAccount => Array.ConvertAll(rows, row => row.CapAccount),
            LedgerTable.Hold or LedgerTable.Lease => Array.ConvertAll(rows, row => row.Id),
        };
        return LedgerStore.Command(
            $"""
            WITH free AS (SELECT {key} FROM {name} WHERE {key} = ANY($1) FOR UPDATE SKIP LOCKED)
            SELECT r.{key} FROM {name} r
            WHERE r.{key} = ANY($1) AND NOT EXISTS (SELECT FROM free WHERE free.{key} = r.{key})
            ORDER BY r.{key}
            """,
            keys);
    }

    private static NpgsqlBatchCommand Probe(LedgerRow row)
    {
        var (name, key) = Tables[row.Table];
        object value = row.Table switch
        {
            LedgerTable.Wallet => row.WalletId!,
            LedgerTable.CapAccount => row.CapAccount,
            LedgerTable.Hold or LedgerTable.Lease => row.Id,
        };
        return LedgerStore.Command($"SELECT FROM {name} WHERE {key} = $1 FOR UPDATE", value);
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
                Probe(row),
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
