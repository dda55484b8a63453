using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Messages;

/// <summary>What a caller's request says to Anthropic beside its body, kept for work that waits.</summary>
/// <param name="Version">Empty: none.</param>
/// <param name="Beta">Names parted by commas, however many lines they came in; empty: none.</param>
internal sealed record AnthropicHeaders(string Version, string Beta)
{
    public const int MostCharacters = 2_000;

    public static readonly AnthropicHeaders None = new("", "");

    public bool IsTooLong => Version.Length + Beta.Length > MostCharacters;

    /// <summary>Null when they can be sent on. A letter beyond ASCII, which this server takes, cannot: the attempt would end before its first byte, as if its provider had broken the connection.</summary>
    public static ApiError? Complaint(IHeaderDictionary headers)
    {
        foreach (var name in (ReadOnlySpan<string>)[MessagesShape.VersionHeader, MessagesShape.BetaHeader])
        {
            foreach (var value in headers[name])
            {
                if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
                {
                    return ApiError.Malformed($"The header {name} must be of visible ASCII characters. Send it as Anthropic names it.");
                }
            }
        }

        return null;
    }

    public static AnthropicHeaders Of(HttpRequest request) => new(request.Headers[MessagesShape.VersionHeader].ToString(), request.Headers[MessagesShape.BetaHeader].ToString());

    /// <summary>Makes a request that has none say them.</summary>
    public void AddTo(HttpRequest request)
    {
        if (Version.Length > 0)
        {
            request.Headers[MessagesShape.VersionHeader] = Version;
        }

        if (Beta.Length > 0)
        {
            request.Headers[MessagesShape.BetaHeader] = Beta;
        }
    }
}
