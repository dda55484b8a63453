using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Routing.Attempts;
using Platform.Routing.Journal;
using Platform.Routing.Shapes;
using Platform.Routing.Telemetry;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Calls;

/// <summary>A call of one of the AI routes, whatever its wire shape.</summary>
/// <remarks>
/// One call:
/// <code>
///  1. Authenticate the key                      401, 403, 503
///  2. Read the body                             413, 400
///  3. Find the model, its price, its bound      404, 403, 400, 503
///  4. Draw the bound from a lease, or else      503, 402, 403
///     journal the intent and have it held
///  5. Make the upstream body
///  6. Journal that it is being sent             503
///  7. Forward, pass the answer through          the provider's own answer, 502, 503, 504
///  8. Journal the end, give back, ship          (in the forwarder, on the attempt's own time)
/// </code>
/// Nothing reaches a provider before 6, and nothing that happens to the caller's connection after it changes what is recorded.
/// </remarks>
internal sealed class CallPipeline(
    IKeyDirectory directory, CallPlanner planner, AttemptFunding funding, AttemptRecords records, Forwarder forwarder, RoutingMetrics metrics,
    IOptions<GatewayOptions> options, TimeProvider time)
{
    public async Task HandleAsync(HttpContext http, WireShape shape)
    {
        if (await TryCallAsync(http, shape) is { } error)
        {
            metrics.Refused(error.Code);
            if (!http.RequestAborted.IsCancellationRequested)
            {
                await error.WriteAsync(http.Response, shape.ToErrorBody(error), http.RequestAborted);
            }
        }
    }

    /// <summary>Null when the call went to the forwarder, which has then answered.</summary>
    private async Task<ApiError?> TryCallAsync(HttpContext http, WireShape shape)
    {
        // 1. Authenticate the key.
        var arrived = time.GetTimestamp();
        if (GatewayAuthentication.TryAuthenticate(shape.ReadKey(http.Request), directory, out var caller) is { } unknown)
        {
            return unknown;
        }

        var workload = http.Request.Headers["X-KT-Workload"] is [{ Length: > 0 } named] ? named : caller!.Workload;
        if (Validation.Label("X-KT-Workload", workload) is { } badLabel)
        {
            return ApiError.Malformed(badLabel);
        }

        // 2. Read the body.
        byte[]? body;
        try
        {
            body = await RequestBody.ReadAsync(http.Request, options.Value.MaxBodyBytes, http.RequestAborted);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // Broken framing, too slow, or gone: whoever is still there hears of it.
            return ApiError.BodyBroken;
        }

        if (body is null)
        {
            return ApiError.TooLarge(options.Value.MaxBodyBytes);
        }

        if (shape.TryRead(body, out var request) is { } malformed)
        {
            return malformed;
        }

        // 3. Find the model, its price, its bound.
        if (planner.TryPlan(shape, request, caller!, workload, arrived, out var attempt) is { } refused)
        {
            return refused;
        }

        using var span = attempt!.Activity;
        return await TrySendAsync(http, request, attempt);
    }

    private async Task<ApiError?> TrySendAsync(HttpContext http, CallRequest request, Attempt attempt)
    {
        // 4. Draw the bound from a lease, or else journal the intent and have it held.
        try
        {
            var unfunded = await funding.FundAsync(attempt, capIsOurs: request.AskedCap is null, http.RequestAborted);
            AddHeaders(http.Response, attempt);
            if (unfunded is not null)
            {
                return unfunded;
            }
        }
        catch (JournalUnwritableException)
        {
            return ApiError.JournalUnwritable;
        }

        // 5. Make the upstream body.
        var upstreamBody = request.ToUpstream(attempt.Target, attempt.Bound.OutputCap);

        // 6. Journal that it is being sent.
        try
        {
            records.Sending(attempt);
        }
        catch (JournalUnwritableException)
        {
            records.Undo(attempt);
            return ApiError.JournalUnwritable;
        }

        // 7. and 8. Forward, pass the answer through, record the end.
        await forwarder.ForwardAsync(http, attempt, request, upstreamBody);
        return null;
    }

    private static void AddHeaders(HttpResponse response, Attempt attempt)
    {
        response.Headers["X-KT-Request-Id"] = attempt.CallId.ToString();
        response.Headers["X-KT-Attempt-Id"] = attempt.AttemptId.ToString();
        response.Headers["X-KT-Target"] = attempt.Target.Name;
        response.Headers["X-KT-Lane"] = attempt.Lane;
    }
}
