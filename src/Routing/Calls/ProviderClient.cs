using System.Net;
using Microsoft.Extensions.Options;
using Platform.Routing.Attempts;
using Platform.Routing.Providers;

namespace Platform.Routing.Calls;

/// <summary>Sends attempts upstream. It never retries and never follows a redirect: one attempt is one request that is processed.</summary>
internal sealed class ProviderClient(IOptions<GatewayOptions> options, IWebProxy? proxy = null) : IDisposable
{
    public const string AttemptIdHeader = "X-KT-Attempt-Id";

    /// <summary>The code of HTTP/2 by which a server says of a stream that it has processed nothing of it (RFC 9113, 8.7). The handler below has asked again by then, as often as it does.</summary>
    private const long RefusedStream = 7;

    private readonly HttpMessageInvoker _http = new(ProviderHandler.Create(options.Value, proxy));

    /// <summary>Answers when the provider's headers are there; its body is still to be read.</summary>
    public Task<HttpResponseMessage> SendAsync(Attempt attempt, HttpRequest caller, byte[] body, bool stream, CancellationToken cancellationToken)
    {
        var request = attempt.Call.Shape.NewRequest(attempt, caller);
        request.Headers.TryAddWithoutValidation(AttemptIdHeader, attempt.AttemptId.ToString());
        return SendAsync(request, body, stream, cancellationToken);
    }

    /// <summary>A request that is no attempt: nobody is charged for it.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, byte[] body, bool stream, CancellationToken cancellationToken)
    {
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        // Who names no coding takes any (RFC 9110, 12.5.3); a packed stream would come in blocks, and its usage could not be read.
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        request.Headers.TryAddWithoutValidation("Accept", stream ? "text/event-stream" : "application/json");
        return _http.SendAsync(request, cancellationToken);
    }

    /// <summary>True when the failure proves that the provider has processed nothing of the request: no byte of it can have come there, or it says so itself.</summary>
    public static bool IsNeverSent(Exception failure) => failure switch
    {
        HttpRequestException http => http.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError || http.InnerException is HttpProtocolException { ErrorCode: RefusedStream },

        // The handler's own time-out while it connects; the gateway's time-outs carry no inner exception.
        OperationCanceledException { InnerException: TimeoutException } => true,
        _ => false,
    };

    /// <summary>By the type that it names, in whatever case and with whatever behind it: one that is no sound header otherwise would have a stream held back until its end, and its usage unread.</summary>
    public static bool IsStream(HttpResponseMessage answer)
    {
        if (!answer.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values))
        {
            return false;
        }

        var type = values.ToString().AsSpan();
        var end = type.IndexOfAny(';', ',');
        return (end < 0 ? type : type[..end]).Trim().Equals("text/event-stream", StringComparison.OrdinalIgnoreCase);
    }

    public void Dispose() => _http.Dispose();
}
