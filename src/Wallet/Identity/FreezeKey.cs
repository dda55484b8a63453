using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>Stops a key's calls, or lets them go on. What is so already is answered as it is.</summary>
internal sealed class FreezeKey(IdentityChanges changes)
{
    public Task<ApiKey> RunAsync(FreezeKeyRequest request, bool freeze, Actor actor, CancellationToken cancellationToken) => changes.RunAsync(
        freeze ? "FreezeKey" : "UnfreezeKey", request.IdempotencyKey, request, actor,
        async change =>
        {
            var before = await KeyStore.RequireAsync(change, request.KeyId);
            RequireNotRevoked(before);
            if (before.FrozenAt is not null == freeze)
            {
                return before.ToContract();
            }

            var after = before with { FrozenAt = freeze ? change.Now : null, Revision = change.Revision };
            // No other keys spend.
            if (before.Role is Role.Inference or Role.LeaseHolder)
            {
                await change.OweFreezeAsync("key", before.KeyId, before.TeamId, freeze);
            }

            var answer = await change.ChangeKeyAsync(freeze ? AuditActions.FreezeKey : AuditActions.UnfreezeKey, before, after);
            if (freeze && before.Role == Role.Owner)
            {
                await OwnerGuard.RequireOwnerAsync(change);
            }

            return answer;
        },
        cancellationToken);

    /// <summary>FAILED_PRECONDITION (KEY_ENDED) for a revoked key: nothing of it changes any more.</summary>
    public static void RequireNotRevoked(KeyRow key)
    {
        if (key.RevokedAt is not null)
        {
            throw RpcErrors.Create(StatusCode.FailedPrecondition, Reasons.KeyEnded, $"Key {key.KeyId} is revoked. Make a new one.");
        }
    }
}
