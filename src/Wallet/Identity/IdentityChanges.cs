using Google.Protobuf;
using Npgsql;
using Platform.Contracts;
using Platform.Postgres;
using Platform.ServiceDefaults.Faults;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Identity;

/// <summary>One change of the directory, in its transaction. Changes wait for each other, so what one of them reads stays as it is until it ends.</summary>
/// <param name="Revision">The organisation's, which everything that is changed now carries.</param>
/// <param name="Now">The clock's reading for the whole operation, to the microsecond.</param>
internal sealed record IdentityChange(NpgsqlTransaction Transaction, Actor Actor, long Revision, string Currency, DateTimeOffset Now, CancellationToken CancellationToken)
{
    /// <summary>Adds the change's line to the audit log; null where there is nothing before or after. Last in the transaction: lines wait for each other.</summary>
    public Task AuditAsync(string action, string subject, IMessage? before, IMessage? after) => IdentityStore.AuditAsync(
        Transaction,
        new AuditEntry(Actor.KeyId, action, subject, before is null ? null : ChangeIdentity.Json(before), after is null ? null : ChangeIdentity.Json(after)),
        Now, CancellationToken);
}

/// <summary>Runs changes of the directory, each in one transaction with its idempotency key, its audit line and the notice to all replicas.</summary>
internal sealed class IdentityChanges(LedgerDatabase database, TimeProvider time)
{
    /// <summary>The work's answer, or the stored one when the same request came before.</summary>
    /// <param name="stored">What a repeat is answered with, where that is less than the first answer; null for the same.</param>
    public async Task<T> RunAsync<T>(
        string operation, string idempotencyKey, IMessage request, Actor actor, Func<IdentityChange, Task<T>> work, CancellationToken cancellationToken,
        Func<T, T>? stored = null)
        where T : class, IMessage<T>, new()
    {
        Rules.RequireIdempotencyKey(idempotencyKey);
        return await CommitAsync(
            async transaction =>
            {
                var lookup = await Idempotency.BeginAsync(transaction, operation, idempotencyKey, request, cancellationToken);
                if (lookup.Answered(new MessageParser<T>(() => new T())) is { } replay)
                {
                    return (replay, false);
                }

                var change = await BeginAsync(transaction, actor, cancellationToken);
                var answer = await work(change);
                await Idempotency.StoreAsync(
                    transaction, operation, idempotencyKey, lookup, stored is null ? answer : stored(answer), change.Now, cancellationToken);
                return (answer, true);
            },
            cancellationToken);
    }

    /// <summary>For changes that are the same however often they are made.</summary>
    public Task<T> RunAsync<T>(Actor actor, Func<IdentityChange, Task<(T Answer, bool Commit)>> work, CancellationToken cancellationToken) =>
        CommitAsync(async transaction => await work(await BeginAsync(transaction, actor, cancellationToken)), cancellationToken);

    private async Task<IdentityChange> BeginAsync(NpgsqlTransaction transaction, Actor actor, CancellationToken cancellationToken)
    {
        var (revision, currency) = await IdentityStore.BeginChangeAsync(transaction, cancellationToken);
        return new IdentityChange(transaction, actor, revision, currency, time.GetUtcNow().TruncateToMicroseconds(), cancellationToken);
    }

    private async Task<T> CommitAsync<T>(Func<NpgsqlTransaction, Task<(T Answer, bool Commit)>> work, CancellationToken cancellationToken)
    {
        var answer = await database.InTransactionAsync(
            async transaction =>
            {
                var outcome = await work(transaction);
                CrashPoint.Reach(CrashPoints.IdentityBeforeCommit);
                return outcome;
            },
            cancellationToken);
        CrashPoint.Reach(CrashPoints.IdentityAfterCommit);
        return answer;
    }
}
