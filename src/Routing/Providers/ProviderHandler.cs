using System.Net;
using Platform.Routing.Calls;
using Platform.ServiceDefaults.Http;

namespace Platform.Routing.Providers;

/// <summary>
/// How whatever is sent to a provider leaves this machine: calls, probes and tests alike. Straight, unless <see cref="GatewayOptions.UseEgressProxy"/> has it leave by the proxy that the environment names. No
/// request is redirected, no cookie is kept, and none is tried again but what an HTTP/2 server says that it has not processed (REFUSED_STREAM, or beyond a GOAWAY's last stream; RFC 9113, 8.7).
/// </summary>
internal static class ProviderHandler
{
    /// <param name="proxy">Instead of the environment's, which is read once, at the first request: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY. It may carry a user and a password.</param>
    public static HttpMessageHandler Create(GatewayOptions options, IWebProxy? proxy = null) => new LostConnectionHandler(CreateSockets(options, proxy));

    internal static SocketsHttpHandler CreateSockets(GatewayOptions options, IWebProxy? proxy) => new()
    {
        UseProxy = options.UseEgressProxy,
        Proxy = proxy,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        EnableMultipleHttp2Connections = true,

        // All calls go over one connection of HTTP/2, and one that loses what it is given tells nobody: each would wait for its own time to be over, and the next would go the same way (decision 0226).
        KeepAlivePingDelay = TimeSpan.FromSeconds(20),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,

        // Whose trace it is, and what the caller's baggage says of his users, is not the provider's (decision 0279). The attempt has a span of its own, so a second one for its request is not made.
        ActivityHeadersPropagator = null,

        PlaintextStreamFilter = EarlyAnswerStream.FilterAsync,

        // What is not read to its end is cut off: to drain it would have the provider generate on.
        MaxResponseDrainSize = 0,
    };
}
