using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Identity;

/// <summary>Makes a team and its empty wallet together.</summary>
internal sealed class CreateTeam(IdentityChanges changes)
{
    public Task<Team> RunAsync(CreateTeamRequest request, Actor actor, CancellationToken cancellationToken)
    {
        Rules.Require(Validation.TeamId(request.TeamId));
        Rules.Require(
            WalletAccounts.IdOf(request.TeamId) != WalletAccounts.OrganisationId ? null : "team_id 'organisation' is the organisation's own; choose another.");
        var team = new Team
        {
            TeamId = request.TeamId,
            Name = request.Name,
            Owner = request.Owner,
            Email = request.Email,
            CostCentre = request.CostCentre,
            ExternalId = request.ExternalId,
        };
        Require(team);
        return changes.RunAsync(
            nameof(CreateTeam), request.IdempotencyKey, request, actor,
            async change =>
            {
                if (await TeamStore.ReadAsync(change, team.TeamId) is not null)
                {
                    throw RpcErrors.Create(StatusCode.AlreadyExists, Reasons.TeamExists, $"There is a team '{team.TeamId}' already.");
                }

                team.CreatedAt = change.Now.ToTimestampUtc();
                await change.AddTeamAsync(team);
                return team;
            },
            cancellationToken);
    }

    /// <summary>What the contract says of a team's texts.</summary>
    public static void Require(Team team)
    {
        Rules.Require(Validation.Name("name", team.Name));
        Rules.Require(Validation.Text("owner", team.Owner, 0, 200));
        Rules.Require(Validation.Email("email", team.Email));
        Rules.Require(Validation.Text("cost_centre", team.CostCentre, 0, 200));
        Rules.Require(Validation.Text("external_id", team.ExternalId, 0, 200));
    }
}
