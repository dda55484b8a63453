using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts;
using Platform.Routing.Calls;
using Platform.Routing.Limits;
using Platform.Routing.Policies;
using Platform.Routing.Shapes;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Scheduled;

/// <summary>Accepts work that waits for a lane's windows: kept durably before it is said to be accepted. The key's rights are asked now, and again when an item runs.</summary>
internal sealed partial class SubmitBatch(
    BatchStore store, ScheduledShapes shapes, CallPlanner planner, ForbiddenCalls forbidden, RoutingTableReplica policy, UploadSlots slots, IOptions<ScheduledOptions> options, TimeProvider time,
    ILogger<SubmitBatch> log)
{
    /// <summary>One request of an AI route, which has been read and planned.</summary>
    /// <param name="lane">That was asked for, whose windows it waits for; a rule may move it when it runs.</param>
    public async Task<(ApiError? Error, Guid BatchId)> RunAsync(
        Call call, string lane, BatchWishes wishes, CancellationToken cancellationToken)
    {
        if (call.Request.Stream)
        {
            return (ApiError.ScheduledStream, default);
        }

        var batch = NewBatch(call.Caller, call.Labels, lane, "", wishes);
        var path = shapes.PathOf(call.Shape);
        var line = new BatchLine(batch.BatchId.ToString(), path, call.Request.Body);
        var hash = SHA256.HashData([.. Encoding.UTF8.GetBytes(path + "\n"), .. line.Body]);
        return await AddAsync(batch, hash, new WorkSize(1, line.Body.Length), new[] { line }.ToAsyncEnumerable(), cancellationToken);
    }

    /// <summary>A file in OpenAI's batch form, a request a line.</summary>
    public async Task<(ApiError? Error, Guid BatchId)> RunAsync(
        Caller caller, CallLabels labels, string lane, string name, BatchWishes wishes, BatchFile file, CancellationToken cancellationToken)
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

        using var slot = slots.TryTake(caller.TeamId);
        if (slot is null)
        {
            return (ApiError.TooManyUploads, default);
        }

        try
        {
            await using var spool = BatchSpool.Create(options.Value.SpoolDirectory);
            var (wrong, read) = await file.ReadAsync(
                line => Check(table, caller, labels, lane, line), (_, line) => spool.AddAsync(line, cancellationToken), cancellationToken);
            return wrong is not null
                ? (wrong, default)
                : await AddAsync(
                    NewBatch(caller, labels, lane, name, wishes), read!.Value.Sha256, new WorkSize(read.Value.Items, spool.BodyBytes), spool.ReadAsync(cancellationToken), cancellationToken);
        }
        catch (SpoolUnwritableException exception)
        {
            LogNotSpooled(exception.Message);
            return (ApiError.BatchesUnavailable, default);
        }
    }

    /// <summary>Null when the request may wait, else what is wrong with it.</summary>
    private string? Check(RoutingTable table, Caller caller, CallLabels labels, string lane, BatchLine line) =>
        shapes.Find(line.Path) is not { } shape ? $"url '{line.Path}' takes no work that waits; {shapes.Paths} do"
        : shape.TryRead(line.Body, out var request) is { } malformed ? malformed.Message
        : request.Stream ? ApiError.ScheduledStream.Message
        : Plan(table, shape, request, caller, labels, lane)?.Message;

    private ApiError? Plan(RoutingTable table, WireShape shape, CallRequest request, Caller caller, CallLabels labels, string lane)
    {
        var refused = planner.TryPlan(table, shape, request, caller, labels, lane, time.GetTimestamp(), out _);
        if (refused is not null)
        {
            forbidden.TellUnplanned(refused, table, shape, request, caller, labels, lane);
        }

        return refused;
    }

    private NewBatch NewBatch(Caller caller, CallLabels labels, string lane, string name, BatchWishes wishes)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var id = wishes.IdempotencyKey.Length == 0 ? Guid.CreateVersion7(now) : DerivedIds.BatchOf(caller.LineKeyId, wishes.IdempotencyKey);
        return new NewBatch(id, caller.TeamId, caller.KeyId, labels, lane, name, now, wishes.IsTold, wishes.Windows) { Headers = wishes.Headers };
    }

    /// <summary>The same work under the same id is one batch, however often it is sent.</summary>
    private async Task<(ApiError? Error, Guid BatchId)> AddAsync(
        NewBatch batch, byte[] sha256, WorkSize size, IAsyncEnumerable<BatchLine> items, CancellationToken cancellationToken)
    {
        try
        {
            var most = new WorkSize(options.Value.MaxWaitingItemsPerTeam, options.Value.MaxWaitingBytesPerTeam);
            var outcome = await store.TryAddAsync(batch, sha256, size, most, items, cancellationToken);
            return (outcome switch
            {
                AddOutcome.Added => null,
                AddOutcome.Deleted => ApiError.BatchDeleted(batch.BatchId, options.Value.RetainDays),
                AddOutcome.Known => await IsSameAsync(batch, sha256, cancellationToken) ? null : ApiError.IdempotencyConflict,
                AddOutcome.AboveBound => ApiError.TooMuchWaits(size.Exceeds(most), most.Items, most.Bytes),
            }, batch.BatchId);
        }
        catch (NpgsqlException)
        {
            return (ApiError.BatchesUnavailable, default);
        }
    }

    private async Task<bool> IsSameAsync(NewBatch batch, byte[] sha256, CancellationToken cancellationToken) =>
        await store.FindKeptAsync(batch.BatchId, cancellationToken) is { } before && before.IsAskedAs(batch) && before.Sha256.AsSpan().SequenceEqual(sha256);

    [LoggerMessage(LogLevel.Error, "A file of work that waits cannot be kept on the disk while it is taken in ({Detail}); refused. Scheduled__SpoolDirectory says where.")]
    private partial void LogNotSpooled(string detail);
}
