using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.Wallet.Identity;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Controls;

/// <summary>Ends a cap: it limits nothing any more, and goes on counting what was set aside under it.</summary>
internal sealed class RemoveCap(LedgerDatabase database, IdentityStore identity, LeaseRecall recall, TimeProvider time)
{
    public async Task<Cap> RunAsync(RemoveCapRequest request, string actor, CancellationToken cancellationToken)
    {
        Rules.RequireIdempotencyKey(request.IdempotencyKey);
        Rules.RequireNoNul("cap_id", request.CapId);
        var currency = (await identity.ReadOrganisationAsync(cancellationToken))?.Currency ?? "";
        return await database.InTransactionAsync(
            async transaction =>
            {
                var lookup = await Idempotency.BeginAsync(transaction, "RemoveCap", request.IdempotencyKey, request, cancellationToken);
                if (lookup.Answered(Cap.Parser) is { } replay)
                {
                    return (replay, false);
                }

                var known = await FindAsync(transaction, request.CapId, cancellationToken);
                var leased = await CapStore.LockLeasedAsync(transaction, known.Scope, known.ScopeId, cancellationToken);
                var revision = await CapStore.BeginChangeAsync(transaction, cancellationToken);
                var before = await FindAsync(transaction, request.CapId, cancellationToken);
                var now = time.GetUtcNow().TruncateToMicroseconds();
                var used = (await CapStore.ReadCountAsync(transaction, before.CapId, now, cancellationToken)).Used;
                if (!before.Active)
                {
                    return (before.ToContract(currency, before.TryPeriodAt(now), used), false);
                }

                var removed = before with { Active = false, Revision = revision, ChangedAt = now, ChangedBy = actor };
                await CapStore.WriteAsync(transaction, removed, now, cancellationToken);
                await recall.ChangeScopesAsync(transaction, leased, LeaseRecall.Changed, cancellationToken);
                var team = await CapOwners.TeamOfAsync(transaction, removed, cancellationToken);
                await ControlEvents.OweAsync(transaction, ControlEvents.OfCap(before, removed, team, currency), now, cancellationToken);
                var answer = removed.ToContract(currency, removed.TryPeriodAt(now), used);
                var entry = new AuditEntry(
                    actor, AuditActions.RemoveCap, removed.CapId, ChangeIdentity.Json(before.ToContract(currency, before.TryPeriodAt(now), used)), ChangeIdentity.Json(answer));
                await IdentityStore.AuditAsync(transaction, entry, now, cancellationToken);
                await Idempotency.StoreAsync(transaction, "RemoveCap", request.IdempotencyKey, lookup, answer, now, cancellationToken);
                return (answer, true);
            },
            cancellationToken);
    }

    private static async Task<CapRow> FindAsync(NpgsqlTransaction transaction, string capId, CancellationToken cancellationToken) =>
        await CapStore.FindAsync(transaction, capId, cancellationToken)
            ?? throw RpcErrors.NotFound(Reasons.CapNotFound, $"There is no cap '{capId}'. List the caps.");
}
