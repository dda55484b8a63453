using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>Makes the empty wallet of a user or an application within a team. From then on their calls are charged to it.</summary>
internal sealed class CreateWallet(MoveFunds funds)
{
    public Task<WalletView> RunAsync(CreateWalletRequest request, CancellationToken cancellationToken)
    {
        var owner = WalletOwner.Require(request.TeamId, request.UserId, request.ApplicationId);
        Rules.Require(owner.IsTeam ? "Give user_id or application_id: a team's wallet is made with the team." : null);
        Rules.Require(Validation.Text("name", request.Name, 0, 200));
        Rules.RequireIdempotencyKey(request.IdempotencyKey);
        return funds.RunAsync(
            "CreateWallet", request.IdempotencyKey, request, WalletView.Parser,
            async (transaction, now) =>
            {
                var found = await LedgerStore.LockAsync(transaction, [owner.ParentId, owner.WalletId], cancellationToken);
                var team = found.Find(wallet => wallet.WalletId == owner.ParentId);
                owner.RequireTeam(team);
                if (found.Exists(wallet => wallet.WalletId == owner.WalletId))
                {
                    throw RpcErrors.Create(StatusCode.AlreadyExists, Reasons.WalletExists, $"There is a wallet '{owner.WalletId}' already.");
                }

                var made = owner.NewWallet(request.Name, team!.Currency);
                await LedgerStore.InsertWalletAsync(transaction, made, now, cancellationToken);
                return ReadWallets.View(made);
            },
            cancellationToken);
    }

    /// <summary>Locks giver and receiver of an allocation, and makes the receiver's wallet where a user's or an application's is not there yet.</summary>
    /// <exception cref="RpcException">NOT_FOUND (TEAM_NOT_FOUND).</exception>
    internal static async Task<FundsMovement> LockForAllocationAsync(
        NpgsqlTransaction transaction, WalletOwner owner, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string[] ids = [owner.ParentId, owner.WalletId];
        var movement = await FundsMovement.LockAsync(transaction, ids, now, cancellationToken);
        owner.RequireTeam(movement.Find(WalletAccounts.IdOf(owner.TeamId)));
        if (movement.Find(owner.WalletId) is not null)
        {
            return movement;
        }

        // The team's lock is held, so nobody else makes it, and the order of locks stays that of the ids.
        var currency = movement.Find(owner.ParentId)!.Currency;
        await LedgerStore.InsertWalletAsync(transaction, owner.NewWallet("", currency), movement.Now, cancellationToken);
        return await FundsMovement.LockAsync(transaction, ids, now, cancellationToken);
    }
}
