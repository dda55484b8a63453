using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>Ends a key for good. Repeating it answers the same.</summary>
internal sealed class RevokeKey(IdentityChanges changes)
{
    public Task<ApiKey> RunAsync(string keyId, Actor actor, CancellationToken cancellationToken) => changes.RunAsync(
        actor,
        async change =>
        {
            var before = await KeyStore.RequireAsync(change, keyId);
            if (before.RevokedAt is not null)
            {
                return (before.ToContract(), false);
            }

            var answer = await change.ChangeKeyAsync(AuditActions.RevokeKey, before, before with { RevokedAt = change.Now, Revision = change.Revision });
            if (before.Role == Role.Owner)
            {
                await OwnerGuard.RequireOwnerAsync(change);
            }

            return (answer, true);
        },
        cancellationToken);
}
