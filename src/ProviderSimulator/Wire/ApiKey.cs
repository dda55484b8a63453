namespace Platform.ProviderSimulator.Wire;

/// <summary>The caller's key. Any non-empty one is accepted: the simulator bills, it does not authorise.</summary>
internal static class ApiKey
{
    private const string Scheme = "Bearer ";

    /// <summary>The key that stands in Authorization, as OpenAI takes it; null when there is none.</summary>
    public static string? ReadBearer(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? NotEmpty(header[Scheme.Length..]) : null;
    }

    /// <summary>The key that stands in a header of its own, as Anthropic (<c>x-api-key</c>) and Azure (<c>api-key</c>) take it; null when there is none.</summary>
    public static string? ReadHeader(HttpRequest request, string name) => NotEmpty(request.Headers[name].ToString());

    /// <summary>What the invoice shows of a key: its last four characters, enough to tell keys apart and useless to a thief.</summary>
    public static string Tail(string key) => key.Length <= 4 ? key : key[^4..];

    private static string? NotEmpty(string value)
    {
        var key = value.Trim();
        return key.Length == 0 ? null : key;
    }
}
