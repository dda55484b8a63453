using Google.Protobuf;
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
    /// <param name="move">Locks by <see cref="FundsMovement.LockAsync"/>, decides, writes; throws the error that the contract names, and then nothing has happened.</param>
    public async Task<T> RunAsync<T>(
        string operation, string idempotencyKey, IMessage request, MessageParser<T> parser, Func<NpgsqlTransaction, DateTimeOffset, Task<T>> move,
        CancellationToken cancellationToken)
        where T : class, IMessage<T>
    {
        var answer = await database.InTransactionAsync(
            async transaction =>
            {
                var lookup = await Idempotency.BeginAsync(transaction, operation, idempotencyKey, request, cancellationToken);
                if (Rules.Replayed(lookup, idempotencyKey, parser) is { } replay)
                {
                    return (replay, false);
                }

                var now = time.GetUtcNow().TruncateToMicroseconds();
                var made = await move(transaction, now);
                await Idempotency.StoreAsync(transaction, operation, idempotencyKey, lookup, made, now, cancellationToken);
                CrashPoint.Reach(CrashPoints.FundsBeforeCommit);
                return (made, true);
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
