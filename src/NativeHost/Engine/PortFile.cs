using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Platform.NativeHost.Engine;

/// <summary>
/// The ports of this data directory, <c>owner port</c> a line: chosen at random once, so that two checkouts do not meet, then kept, so that
/// a URL stays valid from one start to the next. One that somebody else has taken meanwhile is chosen again.
/// </summary>
internal sealed class PortFile(string path)
{
    // Below Linux's range for outgoing connections (from 32768), whose ends would otherwise take a port between two starts.
    private const int Lowest = 20000;
    private const int Highest = 32000;
    private const int Attempts = 1000;

    private readonly SortedDictionary<string, int> _ports = Read(path);

    /// <returns>The port that is kept for <paramref name="owner"/>, free at this moment.</returns>
    public int Take(string owner)
    {
        if (_ports.TryGetValue(owner, out var kept) && IsFree(kept))
        {
            return kept;
        }

        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(Lowest, Highest);
            if (!_ports.ContainsValue(port) && IsFree(port))
            {
                _ports[owner] = port;
                return port;
            }
        }

        throw new InvalidOperationException($"No free port between {Lowest} and {Highest} after {Attempts} attempts.");
    }

    public void Save() =>
        File.WriteAllLines(path, _ports.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key} {p.Value}")));

    internal static bool IsFree(int port) =>
        CanBind(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanBind(IPAddress.IPv6Loopback, port));

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
