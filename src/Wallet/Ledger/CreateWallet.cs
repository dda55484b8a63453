using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>Makes the empty wallet of a user or an application within a team. From then on their calls are charged to it.</summary>
internal sealed class CreateWallet(MoveFunds funds, OpenWallet open)
{
    public Task<WalletView> RunAsync(CreateWalletRequest request, string actor, CancellationToken cancellationToken)
    {
        var owner = WalletOwner.Require(request.TeamId, request.UserId, request.ApplicationId);
        Rules.Require(owner.IsTeam ? "Give user_id or application_id: a team's wallet is made with the team." : null);
        Rules.Require(Validation.Name("name", request.Name, atLeast: 0));
        Rules.RequireIdempotencyKey(request.IdempotencyKey);
        return funds.RunAsync(
            "CreateWallet", null, request.IdempotencyKey, request, WalletView.Parser,
            async (transaction, now) =>
            {
                var found = await LedgerStore.LockAsync(transaction, [owner.ParentId, owner.WalletId], cancellationToken);
                var team = found.Find(wallet => wallet.WalletId == owner.ParentId);
                owner.RequireTeam(team);
                if (found.Exists(wallet => wallet.WalletId == owner.WalletId))
                {
                    throw RpcErrors.Create(StatusCode.AlreadyExists, Reasons.WalletExists, $"There is a wallet '{owner.WalletId}' already.");
                }

                var wallet = await open.RunAsync(transaction, owner, request.Name, team!.Currency, now, cancellationToken);
                await OpenWallet.AuditAsync(transaction, wallet, actor, now, cancellationToken);
                return ReadWallets.View(wallet);
            },
            cancellationToken);
    }
}
