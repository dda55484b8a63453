using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Routing.Calls;
using Platform.Routing.Limits;
using Platform.Routing.Policies;
using Platform.Routing.Shapes.Messages;
using Platform.ServiceDefaults.Identity;
using MinDataRate = Microsoft.AspNetCore.Server.Kestrel.Core.MinDataRate;

namespace Platform.Routing.Scheduled;

/// <summary>
/// <c>/v1/batches</c> of the gateway: work that waits, for the team of the key that asks. JSON Lines in and out, in OpenAI's batch form.
/// </summary>
internal sealed class BatchEndpoints(
    IKeyDirectory directory, SubmitBatch submit, BatchStore store, ResultSlots resultSlots, RoutingTableReplica policy, ForbiddenCalls forbidden,
    IOptions<ScheduledOptions> options, IOptions<GatewayOptions> gateway, TimeProvider time)
{
    private const string DefaultLane = "scheduled";
    private const string RetrySlotSeconds = "5";
    private const int PageSize = 100;
    private const int MostWindows = 31;
    private const int ListSize = 200;
    private const int LargestListSize = 1_000;
    private const int MaxNameLength = 200;

    /// <summary>Whoever sends or takes less keeps a slot from others.</summary>
    private const int SlowestBytesPerSecond = 4 * 1024;

    private static readonly TimeSpan SlowStart = TimeSpan.FromSeconds(10);

    public static void Map(WebApplication app)
    {
        app.MapPost("/v1/batches", (HttpContext http, BatchEndpoints batches) => batches.RunAsync(http, batches.SubmitAsync, isDemand: true));
        app.MapRead("/v1/batches", (HttpContext http, BatchEndpoints batches) => batches.RunAsync(http, batches.ListAsync));
        app.MapRead("/v1/batches/{id}", (HttpContext http, string id, BatchEndpoints batches) => batches.RunAsync(http, id, batches.ShowAsync));
        app.MapPost("/v1/batches/{id}/cancel", (HttpContext http, string id, BatchEndpoints batches) => batches.RunAsync(http, id, batches.CancelAsync));
        app.MapRead("/v1/batches/{id}/results", (HttpContext http, string id, BatchEndpoints batches) => batches.RunAsync(http, id, batches.ResultsAsync));
    }

    /// <summary>Null when the headers that say what is wanted of work that waits are sound.</summary>
    public static ApiError? ReadWishes(HttpRequest request, out BatchWishes wishes)
    {
        var (tell, windows) = (request.Headers["X-KT-Tell"].ToString(), request.Headers["X-KT-Windows"].ToString());
        var count = 1;
        var isSound = windows.Length == 0 || (int.TryParse(windows, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is >= 1 and <= MostWindows);
        var keys = request.Headers["Idempotency-Key"];
        wishes = new BatchWishes(keys.ToString(), tell == "true", count) { Headers = AnthropicHeaders.Of(request.Headers) };
        return AnthropicHeaders.Complaint(request.Headers) is { } unsendable ? unsendable
            : keys is not ([] or [{ Length: > 0 }])
                ? ApiError.Malformed("Idempotency-Key is empty or stands there several times. Send it once, and have a proxy between keep yours instead of adding its own, or leave it out: a repeat would be work of its own.")
            : !isSound ? ApiError.Malformed($"X-KT-Windows must be 1 to {MostWindows}: in how many windows the work may wait for an allocation when the wallet cannot pay.")
            : tell is "" or "true" or "false" ? null
            : ApiError.Malformed("X-KT-Tell must be true or false: whether your team's alert channels hear of the work's end.");
    }

    /// <summary>202 for work that was accepted: what it is called and where its result will be.</summary>
    public static async Task WriteAcceptedAsync(HttpContext http, Guid batchId, string lane)
    {
        http.Response.StatusCode = StatusCodes.Status202Accepted;
        http.Response.Headers.Location = $"/v1/batches/{batchId}";
        await http.Response.WriteAsJsonAsync(
            new { id = batchId, @object = "batch", lane, status_url = $"/v1/batches/{batchId}", results_url = $"/v1/batches/{batchId}/results" }, http.RequestAborted);
    }

    /// <param name="id">As the caller wrote it: what is of another form is no batch's.</param>
    private Task RunAsync(HttpContext http, string id, Func<HttpContext, Caller, Guid, Task<ApiError?>> operation) =>
        RunAsync(http, (_, caller) => Guid.TryParse(id, out var batchId) ? operation(http, caller, batchId) : Task.FromResult<ApiError?>(ApiError.BatchNotFound));

    /// <param name="isDemand">Work is handed in: a frozen caller's is denied demand.</param>
    private async Task RunAsync(HttpContext http, Func<HttpContext, Caller, Task<ApiError?>> operation, bool isDemand = false)
    {
        RequestId.Give(http, time);
        ApiError? error;
        try
        {
            error = GatewayAuthentication.TryAuthenticate(BearerToken.Read(http.Request.Headers.Authorization), directory, out var caller);
            if (error is null || (error.IsFreeze && !isDemand && caller!.Role == Role.Inference))
            {
                // A freeze stops what is asked of providers. Work that waits for its end is looked at and cancelled meanwhile (docs/decisions/0278).
                error = await operation(http, caller!);
            }
            else if (isDemand)
            {
                forbidden.TellStranger(error, caller, http.Request.Headers);
            }
        }
        catch (NpgsqlException)
        {
            error = ApiError.BatchesUnavailable;
        }
        catch (Exception exception) when (exception is IOException or BadHttpRequestException)
        {
            error = ApiError.BodyUnread(exception);
        }

        if (error is not null && http.Response.HasStarted)
        {
            // What breaks off must not look whole.
            http.Abort();
        }
        else if (error is not null)
        {
            if (error == ApiError.TooManyUploads || error == ApiError.TooManyResultFetches)
            {
                http.Response.Headers.RetryAfter = RetrySlotSeconds;
            }

            await error.WriteAsync(http.Response, http.RequestAborted);
        }
    }

    private async Task<ApiError?> SubmitAsync(HttpContext http, Caller caller)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            // What has come is counted as it is read: the server's own refusal would look like a body that broke off. Before anything is refused: above its own limit the server breaks the connection
            // instead of taking in what still comes, so that a client that sends all first never reads the answer.
            size.MaxRequestBodySize = null;
        }

        if (http.Request.ContentLength > options.Value.MaxFileBytes)
        {
            return ApiError.BatchTooLarge(options.Value.MaxItems, options.Value.MaxFileBytes);
        }

        if (HttpProtocol.IsHttp11(http.Request.Protocol) && http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = new MinDataRate(SlowestBytesPerSecond, SlowStart);
        }

        var name = http.Request.Query["name"].ToString();
        if (CallLabels.TryRead(http.Request.Headers, caller, out var labels) is { } badLabel)
        {
            return badLabel;
        }

        if (name.Length > MaxNameLength || name.Any(char.IsControl))
        {
            return ApiError.Malformed($"name must have at most {MaxNameLength} characters, none of them a control character.");
        }

        if (ReadWishes(http.Request, out var wishes) is { } unclear)
        {
            return unclear;
        }

        var lane = http.Request.Headers["X-KT-Lane"].ToString() is { Length: > 0 } asked ? asked : DefaultLane;
        var file = new BatchFile(http.Request.BodyReader, options.Value, gateway.Value.MaxBodyBytes);
        var (error, batchId) = await submit.RunAsync(caller, labels, lane, name, wishes, file, http.RequestAborted);
        if (error is null)
        {
            await WriteAcceptedAsync(http, batchId, lane);
        }

        return error;
    }

    private async Task<ApiError?> ListAsync(HttpContext http, Caller caller)
    {
        if (ReadPage(http.Request.Query, out var limit, out var after) is { } unsound)
        {
            return unsound;
        }

        if (after is { } last && !await store.ExistsAsync(last, caller.TeamId, http.RequestAborted))
        {
            return ApiError.Malformed($"There is no batch {after} of this team any more, behind which the list would go on. Begin again without after.", "after");
        }

        // One more than asked for says whether there is a next page.
        var batches = await store.ListAsync(caller.TeamId, after, limit + 1, http.RequestAborted);
        var page = batches[..Math.Min(limit, batches.Count)];
        await http.Response.WriteAsJsonAsync(
            new { @object = "list", data = page.Select(ToBody), first_id = Id(page.FirstOrDefault()), last_id = Id(page.LastOrDefault()), has_more = batches.Count > limit }, http.RequestAborted);
        return null;

        static Guid? Id(BatchRow? batch) => batch?.BatchId;
    }

    /// <summary>As OpenAI's lists have it: how many, and the last batch of the page before. Null when both are sound.</summary>
    private static ApiError? ReadPage(IQueryCollection query, out int limit, out Guid? after)
    {
        var (size, last) = (query["limit"].ToString(), query["after"].ToString());
        limit = ListSize;
        after = Guid.TryParse(last, out var id) ? id : null;
        return size.Length > 0 && !(int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= LargestListSize)
            ? ApiError.Malformed($"limit must be 1 to {LargestListSize}, or left out for {ListSize}.", "limit")
            : last.Length > 0 && after is null ? ApiError.Malformed("after must be a batch's id: the last_id of the page before.", "after")
            : null;
    }

    private async Task<ApiError?> ShowAsync(HttpContext http, Caller caller, Guid id)
    {
        if (await store.FindAsync(id, caller.TeamId, http.RequestAborted) is not { } batch)
        {
            return ApiError.BatchNotFound;
        }

        await http.Response.WriteAsJsonAsync(ToBody(batch), http.RequestAborted);
        return null;
    }

    private async Task<ApiError?> CancelAsync(HttpContext http, Caller caller, Guid id)
    {
        await store.CancelAsync(id, caller.TeamId, time.GetUtcNow().TruncateToMicroseconds(), http.RequestAborted);
        return await ShowAsync(http, caller, id);
    }

    private async Task<ApiError?> ResultsAsync(HttpContext http, Caller caller, Guid id)
    {
        if (await store.FindAsync(id, caller.TeamId, http.RequestAborted) is not { } batch)
        {
            return ApiError.BatchNotFound;
        }

        using var slot = resultSlots.TryTake(caller.TeamId);
        if (slot is null)
        {
            return ApiError.TooManyResultFetches;
        }

        if (HttpProtocol.IsHttp11(http.Request.Protocol) && http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = new MinDataRate(SlowestBytesPerSecond, SlowStart);
        }

        http.Response.ContentType = "application/jsonl";
        http.Response.Headers["X-KT-Batch-Complete"] = batch.EndedAt is null ? "false" : "true";
        await http.Response.StartAsync(http.RequestAborted);
        if (HttpMethods.IsHead(http.Request.Method))
        {
            return null;
        }

        var after = 0;
        while (await store.ReadResultsAsync(id, caller.TeamId, after, PageSize, http.RequestAborted) is { Count: > 0 } results)
        {
            foreach (var result in results)
            {
                // What is written is in memory until the caller has taken it, so it is one at a time.
                BatchResult.Write(http.Response.BodyWriter, result);
                await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
            }

            after = results[^1].Position;
        }

        // No more of a batch that is being deleted is not the end of it: what breaks off must not look whole.
        return await store.FindAsync(id, caller.TeamId, http.RequestAborted) is null ? ApiError.BatchNotFound : null;
    }

    private object ToBody(BatchRow batch)
    {
        var now = time.GetUtcNow();
        var lane = batch.EndedAt is null ? policy.Current.Lanes.GetValueOrDefault(batch.Lane) : null;
        return ToBody(batch, lane is null ? null : LaneWindows.OpensAt(lane, now), lane is not null && LaneWindows.IsOpen(lane, now));
    }

    private object ToBody(BatchRow batch, DateTimeOffset? opensAt, bool isOpen) => new
    {
        id = batch.BatchId,
        @object = "batch",
        status = batch.Status,
        name = batch.Name,
        lane = batch.Lane,
        workload = batch.Labels.Workload,
        tags = batch.Labels.Tags,
        key_id = batch.KeyId,
        created_at = batch.CreatedAt,
        cancelled_at = batch.CancelledAt,
        ended_at = batch.EndedAt,
        deleted_after = batch.EndedAt?.AddDays(options.Value.RetainDays),
        windows = batch.Windows,
        waits_for_funds_until = batch is { EndedAt: null, IsFrozen: false } ? batch.UnfundedUntil : null,
        waits_for_unfreezing_until = batch is { EndedAt: null, IsFrozen: true } ? batch.UnfundedUntil : null,
        window_opens_at = opensAt,
        window_is_open = isOpen,
        request_counts = new
        {
            total = batch.Items, waiting = batch.Counts.Waiting, running = batch.Counts.Running, succeeded = batch.Counts.Succeeded, failed = batch.Counts.Failed,
            unknown = batch.Counts.Unknown, cancelled = batch.Counts.Cancelled,
        },
    };
}
