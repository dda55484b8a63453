using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>
/// Which addresses this service connects to for whoever names a URL: public ones, and the networks that its configuration allows. It looks at the addresses that a name
/// resolves to at the moment of connecting, so that a name cannot lead elsewhere after it was checked.
/// </summary>
internal sealed class AddressPolicy(IOptions<AlertOptions> options)
{
    // The special-purpose registries of IANA (RFC 6890 and its updates), multicast and what is reserved.
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    private readonly IReadOnlyList<IPNetwork> _allowed = options.Value.Networks();

    /// <summary>Null when a channel may have this URL; what its addresses are is judged when it is sent to.</summary>
    public string? UrlProblem(string url) =>
        !Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || uri.Host.Length == 0
            ? "target must be a URL such as https://hooks.example.com/alerts."
        : uri.UserInfo.Length > 0 ? "target must not have a user and password in it; whoever receives it knows it by the signature."
        : uri.Scheme == "http" && _allowed.Count == 0 ? "target must begin with https://."
        : IPAddress.TryParse(uri.IdnHost.Trim('[', ']'), out var address) && !IsAllowed(address, uri.Scheme)
            ? "target is not a public address. Metering's setting Alerts__AllowedNetworks names networks that may be reached all the same."
        : null;

    /// <summary>Whether a request by this scheme may go there.</summary>
    public bool IsAllowed(IPAddress address, string scheme)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _allowed.Any(network => network.Contains(plain)) || (scheme == "https" && IsPublic(plain));
    }

    private static bool IsPublic(IPAddress address) =>
        (address.AddressFamily == AddressFamily.InterNetwork || GlobalUnicast.Contains(address)) && !NotPublic.Any(network => network.Contains(address));

    /// <summary>Connects to the first address of the host that may be reached and answers.</summary>
    /// <exception cref="AddressRefusedException">It has none that may be reached.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        var allowed = addresses.Where(address => IsAllowed(address, context.InitialRequestMessage.RequestUri!.Scheme)).ToArray();
        if (allowed.Length == 0)
        {
            throw new AddressRefusedException(context.DnsEndPoint.Host);
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A URL leads to where this service must not go.</summary>
internal sealed class AddressRefusedException(string host)
    : Exception($"{host} has no public address, or is not reached by https. Metering's setting Alerts__AllowedNetworks names networks that may be reached all the same.");
