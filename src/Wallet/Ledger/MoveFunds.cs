using Google.Protobuf;
using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.ServiceDefaults.Faults;

namespace Platform.Wallet.Ledger;

/// <summary>
/// The frame of every movement of money by people, in one transaction: 1. answer a repeat as before; 2. lock the wallets in order, decide, write (the operation's own
/// part); 3. keep the answer with the idempotency key; 4. commit.
/// </summary>
internal sealed class MoveFunds(LedgerDatabase database, TimeProvider time)
{
    /// <param name="operation">Scope of the idempotency key.</param>
    /// <param name="kind">Of the transfer that it makes with its key, which stands in the ledger when the answer is long forgotten; null when it makes none.</param>
    /// <param name="move">Locks by <see cref="FundsMovement.LockAsync"/>, decides, writes; throws the error that the contract names, and then nothing has happened.</param>
    public async Task<T> RunAsync<T>(
        string operation, TransferKind? kind, string idempotencyKey, IMessage request, MessageParser<T> parser,
        Func<NpgsqlTransaction, DateTimeOffset, Task<T>> move, CancellationToken cancellationToken)
        where T : class, IMessage<T>
    {
        var answer = await database.InTransactionAsync(
            async transaction =>
            {
                var lookup = await Idempotency.BeginAsync(transaction, operation, idempotencyKey, request, cancellationToken);
                if (lookup.Answered(parser) is { } replay)
                {
                    return (replay, false);
                }

                if (kind is { } made && await TransferStore.FindByKeyAsync(transaction, made, idempotencyKey, cancellationToken) is { } earlier)
                {
                    throw RpcErrors.Create(
                        StatusCode.Aborted, Reasons.IdempotencyConflict,
                        $"Idempotency key '{idempotencyKey}' made transfer '{earlier.TransferId}' of {new Money(earlier.Amount)} at {earlier.RecordedAt:yyyy-MM-dd'T'HH:mm:ss'Z'}; "
                        + "its answer is no longer kept. Nothing was moved again; use a new key to move more.");
                }

                var now = time.GetUtcNow().TruncateToMicroseconds();
                var answered = await move(transaction, now);
                await Idempotency.StoreAsync(transaction, operation, idempotencyKey, lookup, answered, now, cancellationToken);
                CrashPoint.Reach(CrashPoints.FundsBeforeCommit);
                return (answered, true);
            },
            cancellationToken);
        CrashPoint.Reach(CrashPoints.FundsAfterCommit);
        return answer;
    }

    /// <summary>What all requests to move money have in common.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static void Require(long amountNanos, string description, string idempotencyKey)
    {
        Rules.Require(amountNanos > 0 ? null : $"amount_nanos must be above 0; it is {amountNanos}.", Reasons.AmountInvalid);
        Rules.Require(Validation.Text("description", description, 0, 500));
        Rules.RequireIdempotencyKey(idempotencyKey);
    }

    internal static async Task WriteAsync(NpgsqlTransaction transaction, LedgerUnit unit, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        LedgerStore.AddTo(batch, unit);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
