using System.Globalization;
using System.Text.Json;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Faults;

namespace Platform.ProviderSimulator.Chat;

/// <summary>
/// <c>POST /v1/chat/completions</c>:
/// 1. the key (401); 2. the body (400, 404), which costs nothing; 3. the fault of this call, by header or by plan;
/// 4. its latency, and its status if it has one, which costs nothing either; 5. the answer, billed before its last byte.
/// </summary>
internal sealed class ChatEndpoint(TimeProvider time, Invoice invoice, FaultPlan plan)
{
    private const string AttemptIdHeader = "X-KT-Attempt-Id";
    private const int LongestAttemptId = 200;

    public async Task HandleAsync(HttpContext context)
    {
        var receivedAt = time.GetUtcNow();
        if (ApiKey.Read(context.Request) is not { } key)
        {
            await OpenAiError.MissingKey.WriteAsync(context.Response);
            return;
        }
        var (request, error) = await ReadAsync(context);
        if (request is null)
        {
            await error!.WriteAsync(context.Response);
            return;
        }
        var attemptId = context.Request.Headers[AttemptIdHeader].ToString();
        var fault = FaultHeaders.Read(context.Request.Headers, plan.Take(), out var problem);
        problem ??= attemptId.Length > LongestAttemptId ? $"{AttemptIdHeader} has more than {LongestAttemptId} characters" : null;
        if (problem is not null)
        {
            await OpenAiError.BadRequest(problem).WriteAsync(context.Response);
            return;
        }
        if (await FailAsync(context, fault))
        {
            return;
        }
        var call = new Call(request, fault, attemptId.Length == 0 ? null : attemptId, key, receivedAt);
        await (request.Stream
            ? new StreamedAnswer(context, call, invoice, time).WriteAsync()
            : PlainAnswer.WriteAsync(context, call, invoice));
    }

    private static async Task<(ChatRequest? Request, OpenAiError? Error)> ReadAsync(HttpContext context)
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
            return ChatRequest.Read(body.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is what a string with half a surrogate pair gives when it is read.
            return (null, OpenAiError.BadRequest(
                "We could not parse the JSON body of your request. The API expects a JSON payload."));
        }
    }

    /// <summary>Waits the fault's latency and answers its status. True when the call is over, unbilled.</summary>
    private async Task<bool> FailAsync(HttpContext context, Fault fault)
    {
        if (!await Pause.ForAsync(fault.LatencyMs, time, context.RequestAborted))
        {
            return true;
        }
        if (fault.Status is not { } status)
        {
            return false;
        }
        if (fault.RetryAfterS is { } || status == StatusCodes.Status429TooManyRequests)
        {
            context.Response.Headers.RetryAfter = (fault.RetryAfterS ?? 1).ToString(CultureInfo.InvariantCulture);
        }
        await OpenAiError.Fault(status).WriteAsync(context.Response);
        return true;
    }
}
