using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>Replaces the models and lanes that a key may ask for.</summary>
internal sealed class SetKeyAllowed(IdentityChanges changes)
{
    public Task<ApiKey> RunAsync(SetKeyAllowedRequest request, Actor actor, CancellationToken cancellationToken)
    {
        AllowedLists.Require(request.AllowedModels, request.AllowedLanes);
        return changes.RunAsync(
            nameof(SetKeyAllowed), request.IdempotencyKey, request, actor,
            async change =>
            {
                var before = await KeyStore.RequireAsync(change, request.KeyId);
                Rules.Require(before.Role == Role.Inference ? null : "Only inference keys call models; this key has another role.");
                FreezeKey.RequireNotRevoked(before);
                var after = before with
                {
                    AllowedModels = [.. request.AllowedModels], AllowedLanes = [.. request.AllowedLanes], Revision = change.Revision,
                };
                return before.ToContract().Equals(after.ToContract())
                    ? after.ToContract()
                    : await change.ChangeKeyAsync(AuditActions.AllowKey, before, after);
            },
            cancellationToken);
    }
}
