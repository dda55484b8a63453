using System.Text.Json;
using Grpc.Core;
using Platform.Contracts;

namespace Platform.Api.Errors;

/// <summary>An error as REST tells it: application/problem+json (RFC 9457) with the stable reason of docs/errors.md.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Detail">What is wrong and what to do about it.</param>
/// <param name="RetryAfterSeconds">Sent as Retry-After; null where trying again does not help.</param>
internal sealed record Problem(int Status, string Reason, string Detail, int? RetryAfterSeconds = null)
{
    public static readonly Problem MediaTypeUnsupported = new(415, "MEDIA_TYPE_UNSUPPORTED", "Send the body as Content-Type: application/json, in UTF-8.");

    private static readonly Problem TooLarge = new(
        400, Reasons.TooManyRows, "What was asked for is more than one answer holds (16 MiB). Ask for less: a smaller page_size, a shorter range or a filter. A change that was asked for may have been made.");

    /// <summary>Where the AI gateway takes calls to models; both addresses end in /v1.</summary>
    private static readonly PathString[] PathsOfCalls =
        ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/messages/count_tokens", "/v1/embeddings"];

    private const int ClientClosedRequest = 499;
    private const int RetrySeconds = 1;

    /// <summary>The one mapping from the services' errors to HTTP. An empty wallet answers 402 on the AI routes only; here it is a conflict.</summary>
    public static Problem From(RpcException exception)
    {
        var code = exception.StatusCode;
        var reason = RpcErrors.ReasonOf(exception) ?? DefaultReason(code);
        return code switch
        {
            StatusCode.InvalidArgument or StatusCode.OutOfRange => new(400, reason, exception.Status.Detail),
            StatusCode.Unauthenticated => new(401, reason, exception.Status.Detail),
            StatusCode.PermissionDenied => new(403, reason, exception.Status.Detail),
            StatusCode.NotFound => new(404, reason, exception.Status.Detail),
            StatusCode.AlreadyExists or StatusCode.Aborted or StatusCode.FailedPrecondition => new(409, reason, exception.Status.Detail),
            // The services give a reason for what is busy; this is gRPC itself, which refuses a message for its size, and would each time.
            StatusCode.ResourceExhausted when RpcErrors.ReasonOf(exception) is null && exception.Status.Detail.Contains("message size", StringComparison.Ordinal) => TooLarge,
            StatusCode.ResourceExhausted => new(429, reason, exception.Status.Detail, RetrySeconds),
            StatusCode.Cancelled => new(ClientClosedRequest, reason, "The request was given up before it was answered."),
            StatusCode.Unimplemented => new(501, reason, "The service that owns this does not offer it. Check that all services run the same release."),
            StatusCode.Unavailable => new(503, reason, UnavailableDetail(exception), RetrySeconds),
            StatusCode.DeadlineExceeded => new(504, reason, "The service did not answer in time. Try again.", RetrySeconds),
            StatusCode.DataLoss => new(500, reason, exception.Status.Detail),
            _ => new(500, reason, "The service failed on this request; its log says why."),
        };
    }

    /// <summary>Where it is not known what became of the request, how to repeat it without doing it twice.</summary>
    public Problem OfRequestWithKey() => Status is 503 or 504
        ? this with { Detail = $"{Detail} Repeat the request with the same Idempotency-Key, which this answer's header names: it has one effect." }
        : this;

    /// <summary>Bad input that never reached a service: malformed JSON, a wrong type, a mistyped field, a parameter that does not parse.</summary>
    public static Problem From(BadHttpRequestException exception) => exception switch
    {
        { InnerException: JsonException json } => new(400, JsonProblem.ReasonOf(json), JsonProblem.Describe(json)),
        { StatusCode: StatusCodes.Status415UnsupportedMediaType } => MediaTypeUnsupported,
        { StatusCode: StatusCodes.Status413PayloadTooLarge } => new(413, Reasons.InvalidArgument, "The body is larger than this route takes. Send less in one request."),
        _ => new(exception.StatusCode, Reasons.InvalidArgument, BindingProblem.Describe(exception.Message)),
    };

    /// <summary>Answers that the framework gives without a body: no such route, no such method, no such media type.</summary>
    public static Problem ForStatus(HttpContext http) => http.Response.StatusCode switch
    {
        404 when IsOfTheGateway(http.Request.Path) => new(
            404, "ROUTE_NOT_FOUND", $"{http.Request.Path} is served by the AI gateway, not by the REST API: send it to the gateway's address, with a team's inference key."),
        404 => new(404, "ROUTE_NOT_FOUND", $"There is no {http.Request.Path}. GET /openapi/v1.json lists what there is."),
        405 => new(405, "METHOD_NOT_ALLOWED", $"{http.Request.Path} does not answer {http.Request.Method}.{Allowed(http.Response)}"),
        415 => MediaTypeUnsupported,
        var status => new(status, "HTTP_" + status, "The request was refused."),
    };

    /// <summary>Whether a call to a model, or a batch of them, came to the wrong one of the two addresses.</summary>
    private static bool IsOfTheGateway(PathString path) => PathsOfCalls.Contains(path) || path.StartsWithSegments("/v1/batches");

    private static string Allowed(HttpResponse answer) => answer.Headers.Allow is { Count: > 0 } methods ? $" It answers {methods}." : "";

    private static string UnavailableDetail(RpcException exception) => RpcErrors.ReasonOf(exception) is null
        ? "A service that this request needs does not answer. Try again shortly; GET /health names it."
        : exception.Status.Detail;

    private static string DefaultReason(StatusCode code) => code switch
    {
        StatusCode.Unavailable => Reasons.DependencyUnavailable,
        StatusCode.Unauthenticated => Reasons.TokenInvalid,
        StatusCode.PermissionDenied => Reasons.RoleMissing,
        _ => JsonNamingPolicy.SnakeCaseUpper.ConvertName(code.ToString()),
    };
}
