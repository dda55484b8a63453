namespace Platform.ProviderSimulator;

/// <summary>The caller's key. Any non-empty bearer token is accepted: the simulator bills, it does not authorise.</summary>
internal static class ApiKey
{
    private const string Scheme = "Bearer ";

    /// <summary>The key of the request, or null when there is none.</summary>
    public static string? Read(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        var key = header[Scheme.Length..].Trim();
        return key.Length == 0 ? null : key;
    }

    /// <summary>What the invoice shows of a key: its last four characters, enough to tell keys apart and useless to a thief.</summary>
    public static string Tail(string key) => key.Length <= 4 ? key : key[^4..];
}
