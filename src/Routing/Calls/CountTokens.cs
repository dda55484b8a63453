using System.Net;
using Microsoft.Extensions.Options;
using Platform.Routing.Choosing;
using Platform.Routing.Health;
using Platform.Routing.Limits;
using Platform.Routing.Policies;
using Platform.Routing.Resilience;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Telemetry;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Calls;

/// <summary>
/// <c>POST /v1/messages/count_tokens</c>: passed on to who would serve the message, with the gateway's key. It is free, so nothing is funded, journalled or metered; who may ask, for
/// which model, and how often is decided as for calls. Asked once: a caller may ask again.
/// </summary>
internal sealed partial class CountTokens(
    IKeyDirectory directory, RequestBody bodies, RoutingTableReplica policy, CallPlanner planner, TargetChooser chooser, CallAdmission admission, ProviderClient provider, MessagesShape shape,
    RoutingMetrics metrics, IOptions<GatewayOptions> options, TimeProvider time,
    ILogger<CountTokens> log)
{
    public async Task HandleAsync(HttpContext http)
    {
        var id = RequestId.Give(http, time);
        if (await TryCountAsync(http, id) is { } error)
        {
            metrics.Refused(error.Code);
            LogRefused(id, error.Status, error.Code);
            await AnswerWriter.WriteErrorAsync(http, shape, error);
        }
    }

    /// <summary>Null when the caller has been answered.</summary>
    private async Task<ApiError?> TryCountAsync(HttpContext http, Guid id)
    {
        var arrived = time.GetTimestamp();
        if (GatewayAuthentication.TryAuthenticate(shape.ReadKey(http.Request), directory, out var caller) is { } unknown)
        {
            return unknown;
        }

        var (broken, body) = await bodies.TryReadAsync(http, caller!.TeamId);
        if (broken is not null)
        {
            return broken;
        }

        if ((CountRequest.TryRead(body!, out var request) ?? AnthropicHeaders.Complaint(http.Request.Headers)) is { } malformed)
        {
            return malformed;
        }

        var lane = http.Request.Headers["X-KT-Lane"].ToString();
        if (planner.TryPlan(policy.Current, shape, request, caller!, CallLabels.Of(caller!.Workload), lane, arrived, out var call, id) is { } refused)
        {
            return refused;
        }

        if (chooser.TryStart(call!, out var choices) is { } nobody)
        {
            return nobody;
        }

        if (await admission.TryAdmitFreeAsync(call!, http.RequestAborted) is { } limited)
        {
            limited.WriteHeaders(http.Response.Headers);
            return limited.Error;
        }

        using var limits = call!.Limits;
        RateLimitHeaders.Write(http.Response.Headers, limits.Gauges);
        return choices!.TryNext(after: null, out var selection)
            ? await AskAsync(http, request, selection)
            : ApiError.ProviderUnavailable(503, "Whoever could count has failed too often lately and is left alone for a while. Try again shortly.");
    }

    private async Task<ApiError?> AskAsync(HttpContext http, CountRequest request, TargetSelection selection)
    {
        var target = selection.Option.Target;
        using var limit = new AttemptTimer(AttemptTimes.Of(options.Value, target.Timeouts, isStream: false, TimeSpan.Zero), time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, http.RequestAborted);
        try
        {
            using var question = MessagesShape.NewRequest(UpstreamAddresses.Of(target).CountTokens, target.Provider.Kind, selection.Option.Key, http.Request);
            using var answer = await provider.SendAsync(question, request.ToUpstream(target, outputCap: 0), stream: false, stop.Token);
            if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.ProxyAuthenticationRequired)
            {
                return ApiError.ProviderRefusedKey;
            }

            if (FailureClassifier.IsElsewhere((int)answer.StatusCode))
            {
                return ApiError.ProviderElsewhere((int)answer.StatusCode);
            }

            await answer.Content.LoadIntoBufferAsync(options.Value.MaxAnswerBytes, stop.Token);
            var body = await answer.Content.ReadAsByteArrayAsync(stop.Token);
            if (!answer.IsSuccessStatusCode && FailureClassifier.IsOutOfCredit((int)answer.StatusCode, ProviderError.Read(body)))
            {
                return ApiError.ProviderOutOfCredit(mayBeBilled: false);
            }

            http.Response.Headers["X-KT-Target"] = target.Name;
            AnswerWriter.CopyHead(answer, http.Response);
            await AnswerWriter.WriteAsync(http, body);
            return null;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return ApiError.ProviderUnavailable(502, "The provider did not answer. Nothing was charged; try again shortly.");
        }
        finally
        {
            // To count is not to generate: what becomes of it says nothing of how the target serves calls.
            selection.Option.State.Leave(selection.Pass, TargetVerdict.Neither);
        }
    }

    [LoggerMessage(LogLevel.Information, "The count of tokens {RequestId} was refused: {Status} {Code}.")]
    private partial void LogRefused(Guid requestId, int status, string code);
}
