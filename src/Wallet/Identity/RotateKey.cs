using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>Makes a key's successor and lets the key end after an overlap, so that whoever uses it can change over without a gap.</summary>
internal sealed class RotateKey(IdentityChanges changes)
{
    public Task<RotateKeyResponse> RunAsync(RotateKeyRequest request, Actor actor, CancellationToken cancellationToken)
    {
        var longest = (long)RotationDecision.LongestOverlap.TotalSeconds;
        Rules.Require(
            request.OverlapSeconds >= 0 && request.OverlapSeconds <= longest
                ? null
                : $"overlap_seconds must be 0 to {longest} (30 days); it is {request.OverlapSeconds}.");
        return changes.RunAsync(
            nameof(RotateKey), request.IdempotencyKey, request, actor, change => RotateAsync(change, request), cancellationToken,
            stored: answer => new RotateKeyResponse { Key = answer.Key, Replaced = answer.Replaced });
    }

    private static async Task<RotateKeyResponse> RotateAsync(IdentityChange change, RotateKeyRequest request)
    {
        var wantedEnd = Rules.ReadMoment("expires_at", request.ExpiresAt);
        Rules.Require(CreateKey.EndProblem(wantedEnd, change.Now));
        var key = await KeyStore.RequireAsync(change, request.KeyId);
        Rules.Require(key.Role == Role.Gateway ? "Services' tokens come from configuration; give the services a new one there." : null);
        var rotation = RotationDecision.Decide(key, TimeSpan.FromSeconds(request.OverlapSeconds), wantedEnd, change.Now);
        Require(rotation.Verdict, key);
        if (key.UserId.Length > 0)
        {
            await CreateKey.RequireEnabledAsync(change, key.UserId);
        }

        var secret = KeySecret.Create();
        var successor = change.NewKey(secret, key.Name, key.Role) with
        {
            TeamId = key.TeamId,
            UserId = key.UserId,
            ApplicationId = key.ApplicationId,
            Holder = key.Holder,
            Workload = key.Workload,
            AllowedModels = key.AllowedModels,
            AllowedLanes = key.AllowedLanes,
            ExpiresAt = rotation.SuccessorEndsAt,
            Replaces = key.KeyId,
        };
        await change.AddKeyAsync(successor);
        var replaced = await change.ChangeKeyAsync(
            AuditActions.RotateKey, key, key with { ExpiresAt = rotation.EndsAt, ReplacedBy = successor.KeyId, Revision = change.Revision });
        if (key.Role == Role.Owner)
        {
            await OwnerGuard.RequireOwnerAsync(change);
        }

        return new RotateKeyResponse { Key = successor.ToContract(), Secret = secret, Replaced = replaced };
    }

    private static void Require(RotationVerdict verdict, KeyRow key)
    {
        var refusal = verdict switch
        {
            RotationVerdict.Ended => (Reasons.KeyEnded, $"Key {key.KeyId} is revoked or has expired. Make a new one."),
            RotationVerdict.Frozen => (Reasons.KeyFrozen, $"Key {key.KeyId} is frozen. Unfreeze it first, or make a new one."),
            RotationVerdict.Replaced => (Reasons.KeyReplaced, $"Key {key.KeyId} was replaced by {key.ReplacedBy} already. Rotate that one."),
            RotationVerdict.Rotate => ("", ""),
        };
        if (refusal.Item1.Length > 0)
        {
            throw RpcErrors.Create(StatusCode.FailedPrecondition, refusal.Item1, refusal.Item2);
        }
    }
}
