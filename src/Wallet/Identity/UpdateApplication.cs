using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>Changes what a request names of an application.</summary>
internal sealed class UpdateApplication(IdentityChanges changes)
{
    public Task<Application> RunAsync(UpdateApplicationRequest request, Actor actor, CancellationToken cancellationToken)
    {
        Rules.Require(request.HasName ? Validation.Name("name", request.Name) : null);
        return changes.RunAsync(
            nameof(UpdateApplication), request.IdempotencyKey, request, actor,
            async change =>
            {
                var before = await ApplicationStore.RequireAsync(change, request.ApplicationId);
                var after = new Application(before) { Name = request.HasName ? request.Name : before.Name };
                if (!after.Equals(before))
                {
                    await ApplicationStore.UpdateAsync(change, after);
                    await change.AuditAsync(AuditActions.UpdateApplication, after.ApplicationId, before, after);
                }

                return after;
            },
            cancellationToken);
    }
}
