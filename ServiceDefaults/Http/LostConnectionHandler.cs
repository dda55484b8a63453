using System.Net.Sockets;

namespace Platform.ServiceDefaults.Http;

/// <summary>
/// Tells a connection that was lost while it was made as every other failure to connect is told. The handler below asks a new connection for its other end
/// (for its measurements), and a peer that has reset it by then makes that question a bare <see cref="SocketException"/>. No byte of a request was sent.
/// </summary>
public sealed class LostConnectionHandler(SocketsHttpHandler inner) : DelegatingHandler(inner)
{
    /// <exception cref="HttpRequestException">As of the handler below; a bare socket failure is <see cref="HttpRequestError.ConnectionError"/>.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (SocketException exception)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, $"{exception.Message} ({request.RequestUri?.Authority})", exception);
        }
    }
}
