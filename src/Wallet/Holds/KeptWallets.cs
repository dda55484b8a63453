using Npgsql;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>
/// Wallets of one writer loop whose rows another transaction keeps locked (an operator's, a stuck backend's): their commands are refused while that lasts, so
/// that the loop's other wallets go on. A wallet that has been found kept is asked again with the first command after <see cref="Pause"/>, and only for
/// <see cref="ProbeLimit"/>, since the others wait for as long. Used by its loop alone.
/// </summary>
internal sealed class KeptWallets(TimeProvider time)
{
    /// <summary>As long commands of a kept wallet are refused without asking the database.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>A wallet that is merely busy on another replica is free sooner; waiting in the row's queue, where its turn comes.</summary>
    private const string ProbeLimit = "SET LOCAL lock_timeout = '100ms'";

    private const string FindLocked = """
        WITH free AS (SELECT wallet_id FROM wallet WHERE wallet_id = ANY($1) FOR UPDATE SKIP LOCKED)
        SELECT w.wallet_id FROM wallet w
        WHERE w.wallet_id = ANY($1) AND NOT EXISTS (SELECT FROM free WHERE free.wallet_id = w.wallet_id)
        ORDER BY w.wallet_id
        """;

    private const string FindWallets = "SELECT attempt_id, wallet_id FROM hold WHERE attempt_id = ANY($1) AND wallet_id IS NOT NULL";

    private const string Probe = "SELECT FROM wallet WHERE wallet_id = $1 FOR UPDATE";

    /// <summary>When each was asked last, on the monotonic clock.</summary>
    private readonly Dictionary<string, long> _askedAt = [];

    public bool IsEmpty => _askedAt.Count == 0;

    /// <summary>After a batch has waited in vain for a lock: remembers which of its wallets are kept.</summary>
    public async Task LookAsync(NpgsqlConnection connection, IReadOnlyList<HoldCommand> commands)
    {
        await FindWalletsAsync(connection, commands);
        await using var command = new NpgsqlCommand(FindLocked, connection)
        {
            Parameters = { new() { Value = commands.SelectMany(WalletsOf).Distinct().ToArray() } },
        };
        var locked = new List<string>();
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                locked.Add(reader.GetString(0));
            }
        }

        await ProbeAsync(connection, locked);
    }

    /// <summary>Takes the commands of kept wallets out, after asking again about those whose pause is over.</summary>
    public async Task<List<HoldCommand>> TakeAsync(NpgsqlConnection connection, List<HoldCommand> commands)
    {
        await FindWalletsAsync(connection, commands);
        var asked = commands.SelectMany(WalletsOf).Distinct().Where(IsDue).OrderBy(wallet => _askedAt[wallet]).ToList();
        await ProbeAsync(connection, asked);
        return Take(commands);
    }

    /// <summary>Takes the commands of kept wallets out.</summary>
    public List<HoldCommand> Take(List<HoldCommand> commands)
    {
        var taken = commands.FindAll(command => WalletsOf(command).Any(_askedAt.ContainsKey));
        commands.RemoveAll(taken.Contains);
        return taken;
    }

    private bool IsDue(string walletId) => _askedAt.TryGetValue(walletId, out var askedAt) && time.GetElapsedTime(askedAt) >= Pause;

    /// <summary>One that is kept ends the round: the rest count as kept until they are asked with the next batch, so that many do not add up their waits.</summary>
    private async Task ProbeAsync(NpgsqlConnection connection, List<string> wallets)
    {
        for (var i = 0; i < wallets.Count; i++)
        {
            if (!await IsFreeAsync(connection, wallets[i]))
            {
                _askedAt[wallets[i]] = time.GetTimestamp();
                var due = time.GetTimestamp() - (long)(Pause.TotalSeconds * time.TimestampFrequency);
                foreach (var walletId in wallets.Skip(i + 1))
                {
                    _askedAt.TryAdd(walletId, due);
                }

                return;
            }

            _askedAt.Remove(wallets[i]);
        }
    }

    private static async Task<bool> IsFreeAsync(NpgsqlConnection connection, string walletId)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands = { new NpgsqlBatchCommand(ProbeLimit), LedgerStore.Command(Probe, walletId) },
        };
        try
        {
            await batch.ExecuteNonQueryAsync();
            return true;
        }
        catch (PostgresException exception) when (LedgerDatabase.IsKept(exception))
        {
            return false;
        }
    }

    /// <summary>A step of a hold that another replica made, or this one before it started, does not know its wallet yet.</summary>
    private static async Task FindWalletsAsync(NpgsqlConnection connection, IReadOnlyList<HoldCommand> commands)
    {
        var unknown = commands.Where(command => command.WalletId is null).ToLookup(command => command.AttemptId);
        if (unknown.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(FindWallets, connection) { Parameters = { new() { Value = unknown.Select(group => group.Key).ToArray() } } };
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            foreach (var step in unknown[reader.GetGuid(0)].OfType<ResolveHoldCommand>())
            {
                step.WalletId = reader.GetString(1);
            }
        }
    }

    private static IEnumerable<string> WalletsOf(HoldCommand command)
    {
        if (command.WalletId is { } walletId)
        {
            yield return walletId;
        }

        if (command is CreateHoldCommand { WithOrganisation: true })
        {
            yield return WalletAccounts.OrganisationId;
        }
    }
}
