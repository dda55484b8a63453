using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Postgres;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Identity;

/// <summary>Makes a team and its empty wallet together.</summary>
internal sealed class CreateTeam(LedgerDatabase database, TimeProvider time)
{
    public Task<Team> RunAsync(CreateTeamRequest request, string actor, CancellationToken cancellationToken)
    {
        Rules.Require(Validation.TeamId(request.TeamId));
        Rules.Require(
            WalletAccounts.IdOf(request.TeamId) != WalletAccounts.OrganisationId ? null : "team_id 'organisation' is the organisation's own; choose another.");
        Rules.Require(Validation.Text("name", request.Name, 1, 200));
        Rules.RequireIdempotencyKey(request.IdempotencyKey);
        return database.InTransactionAsync(
            async transaction =>
            {
                var lookup = await Idempotency.BeginAsync(transaction, "CreateTeam", request.IdempotencyKey, request, cancellationToken);
                if (Rules.Replayed(lookup, request.IdempotencyKey, Team.Parser) is { } replay)
                {
                    return (replay, false);
                }

                var (_, currency) = await IdentityStore.BeginChangeAsync(transaction, cancellationToken);
                if (await IdentityStore.TeamExistsAsync(transaction, request.TeamId, cancellationToken))
                {
                    throw RpcErrors.Create(StatusCode.AlreadyExists, Reasons.TeamExists, $"There is a team '{request.TeamId}' already.");
                }

                var now = time.GetUtcNow().TruncateToMicroseconds();
                var team = await ChangeIdentity.AddTeamAsync(transaction, request.TeamId, request.Name, currency, actor, now, cancellationToken);
                await Idempotency.StoreAsync(transaction, "CreateTeam", request.IdempotencyKey, lookup, team, now, cancellationToken);
                return (team, true);
            },
            cancellationToken);
    }
}
