using Npgsql;
using Platform.Wallet.Leases;

namespace Platform.Wallet.Ledger;

/// <summary>Makes the wallet of a user or an application within a transaction that has the lock of its team's wallet, so that nobody else makes it at the same time.</summary>
internal sealed class OpenWallet(LeaseRecall recall)
{
    public async Task<WalletAccounts> RunAsync(
        NpgsqlTransaction transaction, WalletOwner owner, string name, string currency, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var wallet = owner.NewWallet(name, currency);
        await LedgerStore.InsertWalletAsync(transaction, wallet, now, cancellationToken);

        // Calls that the team's leases paid for so far are this wallet's from now on.
        await recall.ChangeScopesAsync(transaction, [owner.ParentId], LeaseRecall.Changed, cancellationToken);
        return wallet;
    }

    /// <summary>Locks giver and receiver of an allocation, and makes the receiver's wallet where a user's or an application's is not there yet.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (TEAM_NOT_FOUND).</exception>
    public async Task<FundsMovement> LockForAllocationAsync(
        NpgsqlTransaction transaction, WalletOwner owner, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string[] ids = [owner.ParentId, owner.WalletId];
        var movement = await FundsMovement.LockAsync(transaction, ids, now, cancellationToken);
        owner.RequireTeam(movement.Find(WalletAccounts.IdOf(owner.TeamId)));
        if (movement.Find(owner.WalletId) is not null)
        {
            return movement;
        }

        // A team's id comes before those of its users' and applications' wallets, so the order of locks is kept.
        await RunAsync(transaction, owner, "", movement.Find(owner.ParentId)!.Currency, movement.Now, cancellationToken);
        return await FundsMovement.LockAsync(transaction, ids, now, cancellationToken);
    }
}
