using Npgsql;

namespace Platform.Wallet.Ledger;

/// <summary>
/// Work that is due in many wallets at once: in those that are free at this moment as one transaction, in every other alone, whose lock is waited for while nothing
/// else is locked. Where another transaction keeps a lock, that wallet is left, and the rest is done (docs/decisions/0291).
/// </summary>
internal sealed partial class EachWallet(LedgerDatabase database, KeptRows kept, ILogger<EachWallet> log)
{
    /// <summary>After as many waits in vain the rest is left: who works here by rounds must not be kept from the next one.</summary>
    private const int WaitsInVain = 3;

    /// <param name="work">Behind the locks of the wallets that it is given; called more than once.</param>
    /// <returns>The wallets that were left.</returns>
    public async Task<IReadOnlySet<string>> RunAsync(string[] walletIds, Func<NpgsqlTransaction, string[], Task> work, CancellationToken cancellationToken)
    {
        var left = walletIds.ToHashSet();
        left.ExceptWith(await RunInFreeAsync(walletIds, work, cancellationToken));
        if (left.Count > 0)
        {
            await RunInOthersAsync(left, work, cancellationToken);
        }

        if (left.Count > 0)
        {
            LogLeft(left.Count, string.Join(", ", left.Order().Take(5)));
        }

        return left;
    }

    private async Task<string[]> RunInFreeAsync(string[] walletIds, Func<NpgsqlTransaction, string[], Task> work, CancellationToken cancellationToken)
    {
        try
        {
            return await database.InTransactionAsync(
                async transaction =>
                {
                    var free = await LedgerStore.LockFreeAsync(transaction, walletIds, cancellationToken);
                    if (free.Length > 0)
                    {
                        await work(transaction, free);
                    }

                    return (free, free.Length > 0);
                },
                cancellationToken);
        }
        catch (PostgresException exception) when (LedgerDatabase.IsKept(exception))
        {
            // Not a wallet's: whichever of them needs it is found one by one.
            return [];
        }
    }

    /// <summary>In no order, so that none is always behind those that are kept.</summary>
    private async Task RunInOthersAsync(HashSet<string> left, Func<NpgsqlTransaction, string[], Task> work, CancellationToken cancellationToken)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        await kept.AskAgainAsync(connection, left.Select(LedgerRow.Wallet), cancellationToken);
        var others = left.ToArray();
        Random.Shared.Shuffle(others);
        var inVain = 0;
        foreach (var walletId in others.Where(walletId => !kept.Contains(LedgerRow.Wallet(walletId))))
        {
            if (await TryAsync(walletId, work, cancellationToken))
            {
                left.Remove(walletId);
                continue;
            }

            await kept.LookAsync(connection, [.. left.Select(LedgerRow.Wallet)], cancellationToken);
            if (++inVain == WaitsInVain)
            {
                return;
            }
        }
    }

    private async Task<bool> TryAsync(string walletId, Func<NpgsqlTransaction, string[], Task> work, CancellationToken cancellationToken)
    {
        try
        {
            return await database.InTransactionAsync(
                async transaction =>
                {
                    await LedgerStore.LockAsync(transaction, [walletId], cancellationToken);
                    await work(transaction, [walletId]);
                    return (true, true);
                },
                cancellationToken);
        }
        catch (PostgresException exception) when (LedgerDatabase.IsKept(exception))
        {
            return false;
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "What is due in {Wallets} wallets is put off since another transaction keeps locked what it needs, of {WalletIds}; pg_stat_activity and pg_locks show which one.")]
    private partial void LogLeft(int wallets, string walletIds);
}
