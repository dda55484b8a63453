using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Identity;

/// <summary>Ends a key for good; a repeat answers the same.</summary>
internal sealed class RevokeKey(LedgerDatabase database, TimeProvider time)
{
    public Task<ApiKey> RunAsync(string keyId, string actor, CancellationToken cancellationToken) => database.InTransactionAsync(
        async transaction =>
        {
            var (revision, _) = await IdentityStore.BeginChangeAsync(transaction, cancellationToken);
            var before = await IdentityStore.ReadKeyAsync(transaction, keyId, cancellationToken)
                ?? throw RpcErrors.NotFound(Reasons.KeyNotFound, $"There is no key '{keyId}'.");
            if (before.RevokedAt is not null)
            {
                return (before.ToContract(), false);
            }

            var now = time.GetUtcNow().TruncateToMicroseconds();
            var revoked = before with { RevokedAt = now, Revision = revision };
            await IdentityStore.RevokeKeyAsync(transaction, revoked, cancellationToken);
            var entry = new AuditEntry(
                actor, "key.revoke", keyId, ChangeIdentity.Json(before.ToContract()), ChangeIdentity.Json(revoked.ToContract()));
            await IdentityStore.AuditAsync(transaction, entry, now, cancellationToken);
            return (revoked.ToContract(), true);
        },
        cancellationToken);
}
