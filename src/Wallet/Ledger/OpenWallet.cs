using Npgsql;
using Platform.Contracts;
using Platform.Wallet.Identity;
using Platform.Wallet.Leases;

namespace Platform.Wallet.Ledger;

/// <summary>Makes the wallet of a user or an application within a transaction that has the lock of its team's wallet, so that nobody else makes it at the same time.</summary>
internal sealed class OpenWallet(LeaseRecall recall)
{
    private const string FindOwner = """
        SELECT EXISTS (SELECT FROM identity.user_account WHERE user_id = $1), EXISTS (SELECT FROM identity.application WHERE application_id = $2 AND team_id = $3)
        """;

    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (USER_NOT_FOUND, APPLICATION_NOT_FOUND).</exception>
    public async Task<WalletAccounts> RunAsync(
        NpgsqlTransaction transaction, WalletOwner owner, string name, string currency, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await RequireOwnerAsync(transaction, owner, cancellationToken);
        var wallet = owner.NewWallet(name, currency);
        await LedgerStore.InsertWalletAsync(transaction, wallet, now, cancellationToken);

        // Calls that the team's leases paid for so far are this wallet's from now on.
        await recall.ChangeScopesAsync(transaction, [owner.ParentId], LeaseRecall.Changed, cancellationToken);
        return wallet;
    }

    /// <summary>Says in the audit log who made a wallet. A team's own is made with the team and told with it.</summary>
    public static Task AuditAsync(NpgsqlTransaction transaction, WalletAccounts wallet, string actor, DateTimeOffset now, CancellationToken cancellationToken) =>
        IdentityStore.AuditAsync(
            transaction, new AuditEntry(actor, AuditActions.CreateWallet, wallet.WalletId, null, ChangeIdentity.Json(ReadWallets.View(wallet))), now, cancellationToken);

    /// <summary>
    /// Locks giver and receiver of an allocation, and makes the receiver's wallet where a user's or an application's is not there yet: answers that one too, for
    /// <see cref="AuditAsync"/>, which comes after all else that the movement locks.
    /// </summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (TEAM_NOT_FOUND, USER_NOT_FOUND, APPLICATION_NOT_FOUND).</exception>
    public async Task<(FundsMovement Movement, WalletAccounts? Made)> LockForAllocationAsync(
        NpgsqlTransaction transaction, WalletOwner owner, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string[] ids = [owner.ParentId, owner.WalletId];
        var movement = await FundsMovement.LockAsync(transaction, ids, now, cancellationToken);
        owner.RequireTeam(movement.Find(WalletAccounts.IdOf(owner.TeamId)));
        if (movement.Find(owner.WalletId) is not null)
        {
            return (movement, null);
        }

        // A team's id comes before those of its users' and applications' wallets, so the order of locks is kept.
        var made = await RunAsync(transaction, owner, "", movement.Find(owner.ParentId)!.Currency, movement.Now, cancellationToken);
        return (await FundsMovement.LockAsync(transaction, ids, now, cancellationToken), made);
    }

    /// <summary>Users are everybody's; an application is of one team.</summary>
    private static async Task RequireOwnerAsync(NpgsqlTransaction transaction, WalletOwner owner, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindOwner, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = owner.UserId }, new() { Value = owner.ApplicationId }, new() { Value = owner.TeamId } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (owner.UserId.Length > 0 && !reader.GetBoolean(0))
        {
            throw RpcErrors.NotFound(Reasons.UserNotFound, $"There is no user '{owner.UserId}'. Create it first, or list the users.");
        }

        if (owner.ApplicationId.Length > 0 && !reader.GetBoolean(1))
        {
            throw RpcErrors.NotFound(
                Reasons.ApplicationNotFound, $"Team '{owner.TeamId}' has no application '{owner.ApplicationId}'. Create it first, or list the team's.");
        }
    }
}
