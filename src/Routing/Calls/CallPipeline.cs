using Platform.Routing.Limits;
using Platform.Routing.Policies;
using Platform.Routing.Scheduled;
using Platform.Routing.Shapes;
using Platform.Routing.Telemetry;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Calls;

/// <summary>A call of one of the AI routes, whatever its wire shape.</summary>
/// <remarks>
/// One call:
/// <code>
///  1. Authenticate the key                      401, 403, 503
///  2. Read the body                             413, 429, 400
///  3. Find the model, its lane, its route       404, 403, 400; 202 in a lane whose work waits
/// </code>
/// Its attempts, in <see cref="AttemptLoop"/>, after its rate limits have let it pass (429); one attempt:
/// <code>
///  4. Choose a target, price and bound it       400, 503
///  5. Draw the bound from a lease, or else      503, 402, 403
///     journal the intent and have it held
///  6. Make the upstream body
///  7. Journal that it is being sent             503
///  8. Forward, pass the answer through          the provider's own answer, 502, 503, 504
///  9. Journal the end, give back, ship          (in the forwarder, on the attempt's own time)
/// 10. Where it brought nothing and the policy allows, another attempt from 4 on
/// </code>
/// Nothing reaches a provider before 7, and nothing that happens to the caller's connection after it changes what is recorded, unless the target's policy cancels what
/// its caller abandons.
/// </remarks>
internal sealed partial class CallPipeline(
    IKeyDirectory directory, RequestBody bodies, RoutingTableReplica policy, CallPlanner planner, AttemptLoop attempts, SubmitBatch scheduled, ForbiddenCalls forbidden,
    RoutingMetrics metrics, TimeProvider time, ILogger<CallPipeline> log)
{
    public async Task HandleAsync(HttpContext http, WireShape shape)
    {
        var id = RequestId.Give(http, time);
        if (await TryCallAsync(http, shape, id) is { } error)
        {
            metrics.Refused(error.Code);
            LogRefused(id, error.Status, error.Code);
            if (!http.RequestAborted.IsCancellationRequested)
            {
                await error.WriteAsync(http.Response, shape.ToErrorBody(error), http.RequestAborted);
            }
        }
    }

    /// <summary>Null when the caller has been answered.</summary>
    private async Task<ApiError?> TryCallAsync(HttpContext http, WireShape shape, Guid id)
    {
        // 1. Authenticate the key.
        var arrived = time.GetTimestamp();
        if (GatewayAuthentication.TryAuthenticate(shape.ReadKey(http.Request), directory, out var caller) is { } unknown)
        {
            forbidden.TellStranger(unknown, caller, http.Request.Headers);
            return unknown;
        }

        if (CallLabels.TryRead(http.Request.Headers, caller!, out var labels) is { } badLabel)
        {
            return badLabel;
        }

        // 2. Read the body.
        var (broken, body) = await bodies.TryReadAsync(http, caller!.TeamId);
        if (broken is not null)
        {
            return broken;
        }

        if (shape.TryRead(body!, http.Request.Headers, out var request) is { } malformed)
        {
            return malformed;
        }

        // 3. Find the model, its lane, and who may serve it.
        var lane = http.Request.Headers["X-KT-Lane"].ToString();
        var table = policy.Current;
        if (planner.TryPlan(table, shape, request, caller!, labels, lane, arrived, out var call, id) is { } refused)
        {
            forbidden.TellUnplanned(refused, table, shape, request, caller!, labels, lane);
            return refused;
        }

        return lane.Length > 0 && call!.Policy.Lanes[lane].Windows.Count > 0 ? await AcceptAsync(http, call, lane) : await attempts.RunAsync(http, call!);
    }

    /// <summary>Work that waits for the windows of the lane that was asked for.</summary>
    private async Task<ApiError?> AcceptAsync(HttpContext http, Call call, string lane)
    {
        if (BatchEndpoints.ReadWishes(http.Request, out var wishes) is { } unclear)
        {
            return unclear;
        }

        var (error, batchId) = await scheduled.RunAsync(call, lane, wishes, http.RequestAborted);
        if (error is null)
        {
            await BatchEndpoints.WriteAcceptedAsync(http, batchId, lane);
        }

        return error;
    }

    [LoggerMessage(LogLevel.Information, "Call {RequestId} was refused: {Status} {Code}.")]
    private partial void LogRefused(Guid requestId, int status, string code);
}
