using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Platform.Testing;

/// <summary>A server of HTTP/1.1 that takes no whole request: it reads its head and a part of its body, says what it says, and closes while the rest is on the way, so that the connection is reset.</summary>
public sealed class ClosingServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public ClosingServer() => _listener.Start();

    /// <summary>Address and port.</summary>
    public string Authority => _listener.LocalEndpoint.ToString()!;

    /// <summary>Another connection waits.</summary>
    public bool HasNext => _listener.Pending();

    /// <summary>Serves one connection.</summary>
    /// <param name="answer">Its bytes as they are sent; empty: none.</param>
    /// <param name="bodyBytes">How many bytes of the body it reads first, for which it asks where it is to.</param>
    /// <param name="certificate">Null: it is not encrypted.</param>
    public async Task ServeAsync(string answer, CancellationToken cancellationToken, int bodyBytes = 0, X509Certificate2? certificate = null)
    {
        using var socket = await _listener.AcceptSocketAsync(cancellationToken);
        socket.NoDelay = true;
        await using Stream network = new NetworkStream(socket);
        await using var stream = certificate is null ? network : new SslStream(network);
        if (stream is SslStream tls)
        {
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, cancellationToken);
        }

        var head = await ReadHeadAsync(stream, cancellationToken);
        if (bodyBytes > 0 && head.Contains("100-continue", StringComparison.OrdinalIgnoreCase))
        {
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), cancellationToken);
        }

        await stream.ReadExactlyAsync(new byte[bodyBytes], cancellationToken);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), cancellationToken);
        await stream.FlushAsync(cancellationToken);
        socket.Close();
    }

    public void Dispose() => _listener.Dispose();

    private static async Task<string> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, cancellationToken);
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
