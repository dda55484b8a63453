using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Platform.NativeHost.Engine;

/// <summary>
/// The ports of this data directory, <c>owner port</c> a line: chosen at random once, so that two checkouts do not meet, then kept, so that
/// a URL stays valid from one start to the next. They lie in one block, whose first port this process holds open for as long as it lives: a free port
/// is bound by its service only seconds after it was chosen, and another host that starts in between must not choose it too.
/// </summary>
internal sealed class PortFile(string path) : IDisposable
{
    // Below Linux's range for outgoing connections (from 32768), whose ends would otherwise take a port between two starts.
    private const int Lowest = 20000;
    private const int Blocks = 120;
    private const int PortsInBlock = 100;
    private const int Attempts = 1000;

    /// <summary>The owner of a block's first port.</summary>
    private const string Guard = "block";

    private readonly SortedDictionary<string, int> _ports = Read(path);
    private Socket? _guard;
    private bool _hasChanged;

    /// <returns>The port that is kept for <paramref name="owner"/>, free at this moment.</returns>
    public int Take(string owner)
    {
        var block = HoldBlock();
        if (_ports.TryGetValue(owner, out var kept) && kept > block && kept < block + PortsInBlock && IsFree(kept))
        {
            return kept;
        }

        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(block + 1, block + PortsInBlock);
            if (!_ports.ContainsValue(port) && IsFree(port))
            {
                Keep(owner, port);
                return port;
            }
        }

        throw new InvalidOperationException($"No free port between {block} and {block + PortsInBlock} after {Attempts} attempts.");
    }

    /// <summary>Lets the block go; its processes have ended.</summary>
    public void Dispose() => _guard?.Dispose();

    /// <summary>Written beside and renamed, and only when a port is another one: a full disk neither keeps a start nor costs it its ports.</summary>
    public void Save()
    {
        if (!_hasChanged)
        {
            return;
        }

        var temporary = path + ".new";
        File.WriteAllLines(temporary, _ports.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key} {p.Value}")));
        File.Move(temporary, path, overwrite: true);
        _hasChanged = false;
    }

    internal static bool IsFree(int port) =>
        CanBind(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanBind(IPAddress.IPv6Loopback, port));

    private void Keep(string owner, int port)
    {
        _hasChanged |= _ports.GetValueOrDefault(owner) != port;
        _ports[owner] = port;
    }

    private int HoldBlock()
    {
        if (_guard is not null)
        {
            return _ports[Guard];
        }

        var first = _ports.GetValueOrDefault(Guard);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (first > 0 && (_guard = TryHold(first)) is not null)
            {
                Keep(Guard, first);
                return first;
            }

            first = Lowest + (RandomNumberGenerator.GetInt32(Blocks) * PortsInBlock);
        }

        throw new InvalidOperationException($"No free block of ports above {Lowest} after {Attempts} attempts.");
    }

    private static Socket? TryHold(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen();
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    private static bool CanBind(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressNotAvailable && address.Equals(IPAddress.IPv6Loopback))
        {
            return true; // A machine without ::1 has nobody listening there.
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static SortedDictionary<string, int> Read(string path)
    {
        var ports = new SortedDictionary<string, int>(StringComparer.Ordinal);
        if (File.Exists(path))
        {
            foreach (var line in File.ReadLines(path))
            {
                var words = line.Split(' ');
                if (words.Length == 2 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
                {
                    ports[words[0]] = port;
                }
            }
        }

        return ports;
    }
}
