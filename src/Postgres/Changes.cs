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
        where TAnswer : IMessage<TAnswer>
    {
        if (Validation.Text("idempotency_key", idempotencyKey, 1, 200) is { } problem)
        {
            throw RpcErrors.InvalidArgument(problem);
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var lookup = await Idempotency.BeginAsync(transaction, operation, idempotencyKey, request, cancellationToken);
        switch (lookup.Outcome)
        {
            case IdempotencyOutcome.Conflict:
                throw RpcErrors.IdempotencyConflict(idempotencyKey);
            case IdempotencyOutcome.Replay:
                return parser.ParseFrom(lookup.Response);
            case IdempotencyOutcome.New:
                break;
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
}
