using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Platform.NativeHost.Engine;

/// <summary>
/// Spreads the connections to one host port over the replicas behind it, in turn: over the healthy ones first, because one that is just starting accepts
/// connections before it can serve them. Those that do not answer are passed over.
/// </summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly IReadOnlyList<int> _targets;
    private readonly Func<int, bool> _isHealthy;
    private readonly List<TcpListener> _listeners = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _accepting = [];
    private int _next = -1;

    /// <param name="port">What consumers see.</param>
    /// <param name="targets">The port of each replica.</param>
    /// <param name="isHealthy">Whether the replica of that place can serve now.</param>
    public TcpProxy(int port, IReadOnlyList<int> targets, Func<int, bool> isHealthy)
    {
        _targets = targets;
        _isHealthy = isHealthy;
        Listen(IPAddress.Loopback, port);
        if (Socket.OSSupportsIPv6)
        {
            Listen(IPAddress.IPv6Loopback, port);
        }
    }

    public static IEnumerable<TcpProxy> StartAll(Topology topology, TargetPorts targets, Func<IResource, int, bool> isHealthy) =>
        from e in topology.Endpoints
        where TargetPorts.IsProxied(e.Resource, e.Endpoint)
        let replicas = Enumerable.Range(0, Topology.ReplicasOf(e.Resource))
        select new TcpProxy(
            e.Endpoint.AllocatedPort!.Value, [.. replicas.Select(r => targets[e.Endpoint, r])], replica => isHealthy(e.Resource, replica));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        foreach (var listener in _listeners)
        {
            listener.Dispose();
        }

        await Task.WhenAll(_accepting);
        _stopping.Dispose();
    }

    private void Listen(IPAddress address, int port)
    {
        var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            return; // No ::1 on this machine.
        }

        _listeners.Add(listener);
        _accepting.Add(AcceptAsync(listener));
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await listener.AcceptSocketAsync(_stopping.Token));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Stopping, or a client that was gone before it was accepted; the loop's condition tells which.
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var _ = client;
        try
        {
            using var target = await ConnectAsync();
            if (target is null)
            {
                return;
            }

            client.NoDelay = true;
            using var session = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            await Task.WhenAll(PumpAsync(client, target, session), PumpAsync(target, client, session));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One side broke the connection; disposing the sockets tells the other.
        }
    }

    private async Task<Socket?> ConnectAsync()
    {
        foreach (var index in InTurn())
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, _targets[index], _stopping.Token);
                return socket;
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }

        return null;
    }

    private IEnumerable<int> InTurn()
    {
        var first = (int)((uint)Interlocked.Increment(ref _next) % (uint)_targets.Count);
        return Enumerable.Range(0, _targets.Count).Select(i => (first + i) % _targets.Count).OrderByDescending(_isHealthy);
    }

    // An end of stream is passed on as one, so that a half-closed connection keeps its other half; an error ends both.
    private static async Task PumpAsync(Socket from, Socket to, CancellationTokenSource session)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer, session.Token)) > 0)
            {
                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), session.Token);
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            await session.CancelAsync();
        }
    }
}
