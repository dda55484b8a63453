using System.Net;
using System.Net.Sockets;

namespace Platform.Testing;

/// <summary>
/// Stands between a client and a server, as a network does. Told to, it loses whatever the connections of that moment send from then on, and leaves them open: nobody is told that they are dead, as with
/// a machine that is gone or a firewall that forgot them. Connections made later are as good as any.
/// </summary>
public sealed class LossyProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly IPEndPoint _server;
    private readonly Task _accepting;
    private int _accepted;
    private int _lost;
    private int _passing;

    /// <param name="server">Whom it stands before, on this machine.</param>
    public LossyProxy(Uri server)
    {
        _server = new IPEndPoint(IPAddress.Loopback, server.Port);
        _listener.Start();
        Address = new Uri($"http://{_listener.LocalEndpoint}");
        _accepting = AcceptAsync();
    }

    /// <summary>What the client is given instead of the server's.</summary>
    public Uri Address { get; }

    /// <summary>How many connections have been made.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <param name="after">Bytes that come through still, each way of each connection.</param>
    public void LoseWhatFlows(int after = 0)
    {
        Volatile.Write(ref _passing, after);
        Volatile.Write(ref _lost, Accepted);
    }

    /// <summary>Loses all that the next connections send, from their beginning.</summary>
    public void LoseNext(int connections)
    {
        Volatile.Write(ref _passing, 0);
        Volatile.Write(ref _lost, Accepted + connections);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relays = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_ending.Token);
                relays.Add(RelayAsync(client, Interlocked.Increment(ref _accepted)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(relays);
        }
    }

    private async Task RelayAsync(Socket client, int number)
    {
        using (client)
        using (var server = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            try
            {
                await server.ConnectAsync(_server, _ending.Token);
                await Task.WhenAny(CopyAsync(client, server, number), CopyAsync(server, client, number));
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // Both ends see the connection end, as they would without what stands between them.
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to, int number)
    {
        var buffer = new byte[16 * 1024];
        int? left = null;
        while (await from.ReceiveAsync(buffer, _ending.Token) is > 0 and var read)
        {
            if (number <= Volatile.Read(ref _lost))
            {
                left ??= Volatile.Read(ref _passing);
                read = Math.Min(read, left.Value);
                left -= read;
            }

            if (read > 0)
            {
                await to.SendAsync(buffer.AsMemory(0, read), _ending.Token);
            }
        }
    }
}
