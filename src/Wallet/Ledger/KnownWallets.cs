using System.Collections.Concurrent;
using Npgsql;
using Platform.Contracts;

namespace Platform.Wallet.Ledger;

/// <summary>
/// The ids of all wallets in this replica's memory: which wallet a call is charged to is asked for every call, and wallets are made rarely and go only with a database that is set back. The
/// <see cref="WalletFeed"/> adds those that are made elsewhere, within two seconds.
/// </summary>
internal sealed class KnownWallets(NpgsqlDataSource dataSource)
{
    private readonly ConcurrentDictionary<string, bool> _ids = new();
    private long _revision;

    /// <summary>Rises with each wallet that becomes known or is lost: what was found before it may be another one now.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>The wallet that a call is charged to: the user's in the team, else the application's, else the team's. Null when there is none of them.</summary>
    public async ValueTask<string?> FindAsync(string teamId, string userId, string applicationId, CancellationToken cancellationToken)
    {
        // What is no team's id could make another wallet's, such as a user's; and the organisation's wallet is nobody's own.
        if (teamId.Contains('.') || WalletAccounts.IdOf(teamId) == WalletAccounts.OrganisationId)
        {
            return null;
        }

        if (Find(teamId, userId, applicationId) is { } known)
        {
            return known;
        }

        if (Validation.TeamId(teamId) is not null)
        {
            return null;
        }

        await using var command = dataSource.CreateCommand("SELECT wallet_id FROM wallet WHERE wallet_id = ANY($1)");
        command.Parameters.Add(new() { Value = WalletAccounts.Candidates(teamId, userId, applicationId).ToArray() });
        await AddAllAsync(command, cancellationToken);
        return Find(teamId, userId, applicationId);
    }

    /// <summary>The same, of those that are known here, for a call that had one.</summary>
    public string? Find(string teamId, string userId, string applicationId)
    {
        foreach (var candidate in WalletAccounts.Candidates(teamId, userId, applicationId))
        {
            if (_ids.ContainsKey(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>Whether there is such a wallet, as far as is known here.</summary>
    public bool Contains(string walletId) => _ids.ContainsKey(walletId);

    public void Add(string walletId)
    {
        if (_ids.TryAdd(walletId, true))
        {
            Interlocked.Increment(ref _revision);
        }
    }

    /// <summary>Reads the ids of all wallets. Those that a database which was set back has lost pay for nothing any more: their calls are charged as before they were made.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        // What becomes known while the answer is on its way may be newer than it.
        var before = _ids.Keys;
        await using var command = dataSource.CreateCommand("SELECT wallet_id FROM wallet");
        var all = await AddAllAsync(command, cancellationToken);
        foreach (var lost in before.Where(id => !all.Contains(id)))
        {
            _ids.TryRemove(lost, out _);
            Interlocked.Increment(ref _revision);
        }
    }

    private async Task<HashSet<string>> AddAllAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new HashSet<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(reader.GetString(0));
            Add(reader.GetString(0));
        }

        return found;
    }
}
