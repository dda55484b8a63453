using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Platform.Routing.Calls;
using Platform.Routing.Limits;
using Platform.Routing.Policies;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Scheduled;

/// <summary>
/// Runs one item as its caller's own call: the same policy, limits, money and attempts, with an answer in memory instead of a connection. The ids of its attempts
/// follow from the item and the try, so that none is funded or billed twice.
/// </summary>
internal sealed class ItemRunner(
    IKeysById keys, RoutingTableReplica policy, ScheduledShapes shapes, CallPlanner planner, ForbiddenCalls forbidden, AttemptLoop attempts, IServiceProvider services, TimeProvider time)
{
    /// <summary>True while nothing of the key would run, and that may be lifted: by what the directory says now of it, its team and its user.</summary>
    public bool IsHeldUp(string keyId) =>
        GatewayAuthentication.TryAuthenticateKey(keyId, keys, out _) is { } refusal && (refusal.MayBeLifted || refusal == ApiError.DirectoryUnavailable);

    public async Task<ItemAnswer> RunAsync(ClaimedItem item, CancellationToken cancellationToken)
    {
        using var answer = new MemoryStream();
        var http = new DefaultHttpContext { RequestServices = services, RequestAborted = cancellationToken };
        item.Headers.AddTo(http.Request);
        http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(answer));
        if (shapes.Find(item.Path) is not { } shape)
        {
            return Of(ApiError.Malformed($"'{item.Path}' takes no work that waits any more."), null, null);
        }

        if (TryPlan(item, shape, http.Request.Headers, out var call) is { } refused || (refused = await attempts.RunAsync(http, call!)) is not null)
        {
            return Of(refused, call, http, shape.ToErrorBody(refused));
        }

        await http.Response.BodyWriter.FlushAsync(CancellationToken.None);
        return new ItemAnswer(call!.ErrorStatus ?? http.Response.StatusCode, answer.ToArray(), AttemptOf(http), RetryAfter(http), call.IsSent, call.MayBeBilled);
    }

    private ApiError? TryPlan(ClaimedItem item, Shapes.WireShape shape, IHeaderDictionary headers, out Call? call)
    {
        call = null;
        var stranger = GatewayAuthentication.TryAuthenticateKey(item.KeyId, keys, out var caller);
        if (caller is null)
        {
            return stranger;
        }

        if (shape.TryRead(item.Body, headers, out var request) is { } malformed)
        {
            return stranger ?? malformed;
        }

        var table = policy.Current;
        if ((stranger ?? planner.TryPlan(table, shape, request, caller, item.Labels, item.Lane, time.GetTimestamp(), out call)) is { } refused)
        {
            if (!refused.MayBeLifted || item.WaitsFor != WorkWait.Freeze)
            {
                forbidden.TellUnplanned(refused, table, shape, request, caller, item.Labels, item.Lane);
            }

            return refused;
        }

        call!.Item = new ScheduledItem(item.RunId, item.Position, item.Tries + 1, item.WaitsFor, item.LimitedSince);
        return null;
    }

    private static ItemAnswer Of(ApiError error, Call? call, HttpContext? http, byte[]? body = null) => new(
        error.Status, body ?? error.ToJson(), http is null ? "" : AttemptOf(http), http is null ? TimeSpan.Zero : RetryAfter(http), call is { IsSent: true }, call is { MayBeBilled: true }, error.MayBeLifted)
        {
            AwaitsKey = error.IsOfCaller,
            IsOfPolicy = error.IsOfPolicy,
        };

    private static string AttemptOf(HttpContext http) => http.Response.Headers["X-KT-Attempt-Id"].ToString();

    private static TimeSpan RetryAfter(HttpContext http) =>
        int.TryParse(http.Response.Headers.RetryAfter.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
}
