using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Platform.Contracts;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Scheduled;

/// <summary>Accepts work that waits for a lane's windows: kept durably before it is said to be accepted. The key's rights are asked now, and again when an item runs.</summary>
internal sealed class SubmitBatch(BatchStore store, ScheduledShapes shapes, CallPlanner planner, RoutingTableReplica policy, TimeProvider time)
{
    /// <summary>One request of an AI route, which has been read and planned.</summary>
    /// <param name="lane">That was asked for, whose windows it waits for; a rule may move it when it runs.</param>
    /// <param name="isTold">Its team's alert channels are to hear of its end.</param>
    public async Task<(ApiError? Error, Guid BatchId)> RunAsync(
        Call call, string lane, string path, string idempotencyKey, bool isTold, CancellationToken cancellationToken)
    {
        if (call.Request.Stream)
        {
            return (ApiError.ScheduledStream, default);
        }

        var batch = NewBatch(call.Caller, call.Labels, lane, "", idempotencyKey, isTold);
        var line = new BatchLine(batch.BatchId.ToString(), path, call.Request.Body);
        var hash = SHA256.HashData([.. Encoding.UTF8.GetBytes(path + "\n"), .. line.Body]);
        return await AddAsync(
            batch, hash,
            async write =>
            {
                await write(1, line);
                return (1, hash);
            },
            cancellationToken);
    }

    /// <summary>A file in OpenAI's batch form, a request a line.</summary>
    public async Task<(ApiError? Error, Guid BatchId)> RunAsync(
        Caller caller, CallLabels labels, string lane, string name, string idempotencyKey, bool isTold, BatchFile file, CancellationToken cancellationToken)
    {
        var table = policy.Current;
        if (!table.Lanes.TryGetValue(lane, out var known))
        {
            return (ApiError.LaneNotFound(lane), default);
        }

        if (known.Windows.Count == 0)
        {
            return (ApiError.LaneHasNoWindows(lane), default);
        }

        var batch = NewBatch(caller, labels, lane, name, idempotencyKey, isTold);
        ApiError? wrong = null;
        var (error, batchId) = await AddAsync(
            batch, null,
            async write =>
            {
                (wrong, var read) = await file.ReadAsync(line => Check(table, caller, labels, lane, line), write, cancellationToken);
                return read;
            },
            cancellationToken);
        return (wrong ?? error, batchId);
    }

    /// <summary>Null when the request may wait, else what is wrong with it.</summary>
    private string? Check(RoutingTable table, Caller caller, CallLabels labels, string lane, BatchLine line) =>
        shapes.Find(line.Path) is not { } shape ? $"url '{line.Path}' takes no work that waits; {shapes.Paths} do"
        : shape.TryRead(line.Body, out var request) is { } malformed ? malformed.Message
        : request.Stream ? ApiError.ScheduledStream.Message
        : planner.TryPlan(table, shape, request, caller, labels, lane, time.GetTimestamp(), out _)?.Message;

    private NewBatch NewBatch(Caller caller, CallLabels labels, string lane, string name, string idempotencyKey, bool isTold)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var id = idempotencyKey.Length == 0 ? Guid.CreateVersion7(now) : DerivedIds.BatchOf(caller.KeyId, idempotencyKey);
        return new NewBatch(id, caller.TeamId, caller.KeyId, labels, lane, name, now, isTold);
    }

    /// <param name="hash">Null when it is only known at the items' end.</param>
    private async Task<(ApiError? Error, Guid BatchId)> AddAsync(
        NewBatch batch, byte[]? hash, Func<Func<int, BatchLine, Task>, Task<(int Items, byte[] Sha256)?>> items, CancellationToken cancellationToken)
    {
        try
        {
            var sent = hash;
            if (await store.FindKeptAsync(batch.BatchId, cancellationToken) is { } before)
            {
                if (!before.IsAskedAs(batch))
                {
                    return (ApiError.IdempotencyConflict, batch.BatchId);
                }

                // A repeat: only its hash is of interest.
                sent ??= (await items((_, _) => Task.CompletedTask))?.Sha256;
                return (sent is null || sent.AsSpan().SequenceEqual(before.Sha256) ? null : ApiError.IdempotencyConflict, batch.BatchId);
            }

            await store.AddAsync(batch, items, cancellationToken);
            return (null, batch.BatchId);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // The same request at the same time: the other one is kept.
            return (ApiError.IdempotencyConflict, batch.BatchId);
        }
        catch (NpgsqlException)
        {
            return (ApiError.BatchesUnavailable, default);
        }
    }
}
