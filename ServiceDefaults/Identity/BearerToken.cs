namespace Platform.ServiceDefaults.Identity;

public static class BearerToken
{
    /// <summary>The token of an Authorization header; null when there is none.</summary>
    public static string? Read(string? header)
    {
        const string scheme = "Bearer ";
        return header is not null && header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) && header.Length > scheme.Length
            ? header[scheme.Length..].Trim()
            : null;
    }
}
