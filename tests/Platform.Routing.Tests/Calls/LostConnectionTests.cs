using System.Net;
using System.Net.Sockets;
using Platform.Routing.Calls;
using Platform.ServiceDefaults.Http;

namespace Platform.Routing.Tests.Calls;

public sealed class LostConnectionTests
{
    [Fact(Timeout = 300_000)]
    public async Task Connection_reset_as_it_is_made_is_a_failure_to_connect()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) => new NetworkStream(await ResetAsync(listener, cancellationToken), ownsSocket: true),
        };
        using var http = new HttpMessageInvoker(new LostConnectionHandler(handler));
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://provider.test/");
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => http.SendAsync(request, TestContext.Current.CancellationToken));
        Assert.Equal(HttpRequestError.ConnectionError, failure.HttpRequestError);
        Assert.IsType<SocketException>(failure.InnerException);
        Assert.True(ProviderClient.IsNeverSent(failure));
    }

    /// <summary>A connection that its other end has reset, which its socket knows already.</summary>
    private static async Task<Socket> ResetAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new DnsEndPoint("localhost", ((IPEndPoint)listener.LocalEndpoint).Port), cancellationToken);
        var accepted = await listener.AcceptSocketAsync(cancellationToken);
        accepted.LingerState = new LingerOption(enable: true, seconds: 0);
        accepted.Dispose();
        Assert.True(socket.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectRead));
        return socket;
    }
}
