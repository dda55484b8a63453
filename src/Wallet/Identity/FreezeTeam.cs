using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>Stops all calls of a team's keys, or lets them go on. What is so already is answered as it is.</summary>
internal sealed class FreezeTeam(IdentityChanges changes)
{
    public Task<Team> RunAsync(FreezeTeamRequest request, bool freeze, Actor actor, CancellationToken cancellationToken) => changes.RunAsync(
        freeze ? "FreezeTeam" : "UnfreezeTeam", request.IdempotencyKey, request, actor,
        async change =>
        {
            var before = await TeamStore.RequireAsync(change, request.TeamId);
            if (before.FrozenAt is not null == freeze)
            {
                return before;
            }

            var after = new Team(before) { FrozenAt = freeze ? change.Now.ToTimestampUtc() : null };
            await TeamStore.UpdateAsync(change, after);
            await change.OweFreezeAsync("team", after.TeamId, after.TeamId, freeze);
            await change.AuditAsync(freeze ? AuditActions.FreezeTeam : AuditActions.UnfreezeTeam, after.TeamId, before, after);
            return after;
        },
        cancellationToken);
}
