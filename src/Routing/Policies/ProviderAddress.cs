using System.Diagnostics.CodeAnalysis;

namespace Platform.Routing.Policies;

/// <summary>The address of a provider, as policies and configuration write it.</summary>
internal static class ProviderAddress
{
    /// <param name="address">Without a slash at its end.</param>
    public static bool TryRead(string text, [NotNullWhen(true)] out string? address)
    {
        // Whoever is in the address is in every log of it, and a query would swallow the path that is put after it.
        var isAddress = Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { Scheme: "http" or "https", UserInfo: "", Query: "", Fragment: "" };
        address = isAddress ? uri!.AbsoluteUri.TrimEnd('/') : null;
        return isAddress;
    }
}
