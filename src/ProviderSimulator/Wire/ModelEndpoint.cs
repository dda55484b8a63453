using System.Globalization;
using System.Text.Json;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Faults;

namespace Platform.ProviderSimulator.Wire;

/// <summary>
/// A route that runs a model:
/// 1. the key (401); 2. the body (400, 404), which costs nothing; 3. the fault of this call, by header or by plan;
/// 4. its latency, and its status if it has one, which costs nothing either; 5. the answer, billed before its last byte.
/// </summary>
internal sealed class ModelEndpoint(Shape shape, TimeProvider time, Invoice invoice, FaultPlan plan)
{
    private const string AttemptIdHeader = "X-KT-Attempt-Id";
    private const int LongestAttemptId = 200;
    private const int DeepestBody = 1_000;

    public async Task HandleAsync(HttpContext context)
    {
        var receivedAt = time.GetUtcNow();
        if (shape.ReadKey(context.Request) is not { } key)
        {
            await shape.MissingKey.WriteAsync(context.Response);
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
            await shape.BadRequest(problem).WriteAsync(context.Response);
            return;
        }
        if (await FailAsync(context, fault, request))
        {
            return;
        }
        var call = new Call(request, fault, attemptId.Length == 0 ? null : attemptId, key, receivedAt);
        await (request.Stream
            ? new StreamedAnswer(context, shape, call, invoice, time).WriteAsync()
            : PlainAnswer.WriteAsync(context, shape, call, invoice, time));
    }

    private async Task<(ModelRequest? Request, ProviderError? Error)> ReadAsync(HttpContext context)
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, new JsonDocumentOptions { MaxDepth = DeepestBody }, context.RequestAborted);
            return shape.Read(context.Request, body.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is what a string with half a surrogate pair gives when it is read.
            return (null, shape.BadRequest("We could not parse the JSON body of your request. The API expects a JSON payload."));
        }
    }

    /// <summary>Waits the fault's latency and answers its error. True when the call is over, unbilled.</summary>
    private async Task<bool> FailAsync(HttpContext context, Fault fault, ModelRequest request)
    {
        if (!await Pause.ForAsync(fault.LatencyMs, time, context.RequestAborted))
        {
            return true;
        }
        var error = fault.Status is { } asked ? shape.Fault(asked)
            : fault.Refusal is { } refusal ? shape.Refusal(refusal)
            : fault.StreamUsage == StreamUsage.Always && request.HasStreamOptions ? OpenAiError.Unexpected("stream_options")
            : null;
        if (error is null)
        {
            return false;
        }
        if (fault.RetryAfterS is { } || error.Status == StatusCodes.Status429TooManyRequests)
        {
            context.Response.Headers.RetryAfter = (fault.RetryAfterS ?? 1).ToString(CultureInfo.InvariantCulture);
        }
        await error.WriteAsync(context.Response);
        return true;
    }
}
