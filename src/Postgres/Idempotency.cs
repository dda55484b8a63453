using System.Security.Cryptography;
using Google.Protobuf;
using Npgsql;
using Platform.Contracts;

namespace Platform.Postgres;

/// <summary>
/// One effect for one idempotency key: the key, the request's hash and the answer stand in the effect's own transaction, so there is never a key
/// without its result. Only successes are kept; a refusal changed nothing and may be tried again.
/// </summary>
public static class Idempotency
{
    /// <summary>
    /// Looks a key up and keeps concurrent calls with the same key waiting until this transaction ends. Call it first in the transaction.
    /// </summary>
    /// <param name="operation">Name of the operation: the same key may serve another one.</param>
    public static async Task<IdempotencyLookup> BeginAsync(
        NpgsqlTransaction transaction, string operation, string key, IMessage request, CancellationToken cancellationToken)
    {
        var hash = HashOf(request);
        await using (var latch = new NpgsqlCommand("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = $"{operation}\n{key}" } },
        })
        {
            await latch.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var command = new NpgsqlCommand(
            "SELECT request_sha256, response FROM idempotency WHERE operation = $1 AND idempotency_key = $2", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = operation }, new() { Value = key } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return new IdempotencyLookup(key, IdempotencyOutcome.New, hash, []);
        }

        // Earlier versions kept the hash of what was sent.
        var kept = reader.GetFieldValue<byte[]>(0);
        var same = kept.AsSpan().SequenceEqual(hash) || kept.AsSpan().SequenceEqual(SHA256.HashData(request.ToByteArray()));
        return new IdempotencyLookup(
            key, same ? IdempotencyOutcome.Replay : IdempotencyOutcome.Conflict, hash, same ? reader.GetFieldValue<byte[]>(1) : []);
    }

    /// <summary>Clients in some languages send the entries of a map in another order each time, and mean the same.</summary>
    private static byte[] HashOf(IMessage request)
    {
        using var written = new MemoryStream(request.CalculateSize());
        using (var output = new CodedOutputStream(written, leaveOpen: true) { Deterministic = true })
        {
            request.WriteTo(output);
        }

        return SHA256.HashData(written.GetBuffer().AsSpan(0, (int)written.Length));
    }

    /// <summary>Keeps the answer with its key; call it before the commit of a success.</summary>
    public static async Task StoreAsync(
        NpgsqlTransaction transaction, string operation, string key, IdempotencyLookup lookup, IMessage response, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO idempotency (operation, idempotency_key, request_sha256, response, recorded_at) VALUES ($1, $2, $3, $4, $5)",
            transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = operation }, new() { Value = key }, new() { Value = lookup.RequestSha256 },
                new() { Value = response.ToByteArray() }, new() { Value = now },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

public enum IdempotencyOutcome
{
    /// <summary>The key was used with another request.</summary>
    Conflict,

    /// <summary>The same request succeeded before: answer with <see cref="IdempotencyLookup.Response"/>.</summary>
    Replay,

    /// <summary>Do the work, then <see cref="Idempotency.StoreAsync"/>.</summary>
    New,
}

/// <param name="Response">The stored answer's bytes on a replay; empty otherwise.</param>
public sealed record IdempotencyLookup(string Key, IdempotencyOutcome Outcome, byte[] RequestSha256, byte[] Response)
{
    /// <summary>What the same request was answered before; null where the work is still to be done.</summary>
    /// <exception cref="Grpc.Core.RpcException">ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public TAnswer? Answered<TAnswer>(MessageParser<TAnswer> parser)
        where TAnswer : class, IMessage<TAnswer> => Outcome switch
        {
            IdempotencyOutcome.Conflict => throw RpcErrors.IdempotencyConflict(Key),
            IdempotencyOutcome.Replay => parser.ParseFrom(Response),
            IdempotencyOutcome.New => null,
        };
}
