using Google.Protobuf;
using Npgsql;
using Platform.Contracts;

namespace Platform.Postgres;

/// <summary>Changes by people: each in one transaction with its idempotency key and its answer.</summary>
public sealed class Changes(NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <param name="enter">Takes what the change waits for, before the clock is read: of two changes at once the later one is later. Null for nothing.</param>
    /// <param name="stored">The answer as it is kept for a repeat; null for the whole answer.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT; ABORTED (IDEMPOTENCY_CONFLICT); whatever the change throws, after which nothing is changed.</exception>
    public async Task<TAnswer> RunAsync<TAnswer>(
        string operation, string idempotencyKey, IMessage request, MessageParser<TAnswer> parser,
        Func<NpgsqlTransaction, DateTimeOffset, Task<TAnswer>> change, CancellationToken cancellationToken, Func<TAnswer, TAnswer>? stored = null,
        Func<NpgsqlTransaction, Task>? enter = null)
        where TAnswer : class, IMessage<TAnswer>
    {
        await using var connection = await OpenAsync(idempotencyKey, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var lookup = await Idempotency.BeginAsync(transaction, operation, idempotencyKey, request, cancellationToken);
        if (lookup.Answered(parser) is { } told)
        {
            return told;
        }

        if (enter is not null)
        {
            await enter(transaction);
        }

        var now = time.GetUtcNow().TruncateToMicroseconds();
        var answer = await change(transaction, now);
        await Idempotency.StoreAsync(transaction, operation, idempotencyKey, lookup, stored is null ? answer : stored(answer), now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return answer;
    }

    /// <summary>
    /// What a change was answered before; null where it was not made. For changes that ask others whether they may be made: one that took effect is answered for its repeat, though they
    /// do not answer by then, or would not allow it.
    /// </summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT; ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public async Task<TAnswer?> FindAsync<TAnswer>(string operation, string idempotencyKey, IMessage request, MessageParser<TAnswer> parser, CancellationToken cancellationToken)
        where TAnswer : class, IMessage<TAnswer>
    {
        await using var connection = await OpenAsync(idempotencyKey, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        return (await Idempotency.BeginAsync(transaction, operation, idempotencyKey, request, cancellationToken)).Answered(parser);
    }

    private async Task<NpgsqlConnection> OpenAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        Validation.IdempotencyKey(idempotencyKey) is { } problem ? throw RpcErrors.InvalidArgument(problem) : await dataSource.OpenConnectionAsync(cancellationToken);
}
