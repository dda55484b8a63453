using Platform.Contracts.Identity.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Identity;

/// <summary>Changes what a request names of a team, and nothing else; its wallet has its name.</summary>
internal sealed class UpdateTeam(IdentityChanges changes)
{
    public Task<Team> RunAsync(UpdateTeamRequest request, Actor actor, CancellationToken cancellationToken)
    {
        // Checked before the team is known: what is not named is taken as fine.
        CreateTeam.Require(Apply(request, new Team { Name = "unchanged" }));
        return changes.RunAsync(
            nameof(UpdateTeam), request.IdempotencyKey, request, actor,
            async change =>
            {
                var before = await TeamStore.RequireAsync(change, request.TeamId);
                var after = Apply(request, before);
                // Lists of wallets show the team by its wallet's name. One that differs from before heals too. Before the audit log, as whoever changes a wallet does:
                // two that take their locks the other way round wait for each other.
                if (request.HasName)
                {
                    await LedgerStore.RenameWalletAsync(change.Transaction, WalletAccounts.IdOf(after.TeamId), after.Name, change.CancellationToken);
                }

                if (!after.Equals(before))
                {
                    await TeamStore.UpdateAsync(change, after);
                    await change.AuditAsync(AuditActions.UpdateTeam, after.TeamId, before, after);
                }

                return after;
            },
            cancellationToken);
    }

    private static Team Apply(UpdateTeamRequest request, Team before) => new(before)
    {
        Name = request.HasName ? request.Name : before.Name,
        Owner = request.HasOwner ? request.Owner : before.Owner,
        Email = request.HasEmail ? request.Email : before.Email,
        CostCentre = request.HasCostCentre ? request.CostCentre : before.CostCentre,
        ExternalId = request.HasExternalId ? request.ExternalId : before.ExternalId,
    };
}
