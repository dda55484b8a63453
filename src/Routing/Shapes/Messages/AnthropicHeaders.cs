using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Messages;

/// <summary>What a caller's request says to Anthropic beside its body, kept for work that waits.</summary>
/// <param name="Version">Empty: none.</param>
/// <param name="Beta">Names parted by commas, however many lines they came in; empty: none.</param>
internal sealed record AnthropicHeaders(string Version, string Beta)
{
    /// <summary>Together. Above what a provider's server takes of headers (8 KB at some) nothing is sent, and the attempt would end as below; and with work that waits they are kept.</summary>
    private const int MostCharacters = 2_000;

    public static readonly AnthropicHeaders None = new("", "");

    /// <summary>Null when they can be sent on, and say one thing. A letter beyond ASCII, which this server takes, cannot: the attempt would end before its first byte, as if its provider had broken the connection.</summary>
    public static ApiError? Complaint(IHeaderDictionary headers)
    {
        foreach (var name in (ReadOnlySpan<string>)[MessagesShape.VersionHeader, MessagesShape.BetaHeader])
        {
            if (!AnswerWriter.IsVisible(headers[name]))
            {
                return ApiError.Malformed($"The header {name} must be of visible ASCII characters. Send it as Anthropic names it.");
            }
        }

        if (headers[MessagesShape.VersionHeader].Count > 1)
        {
            return ApiError.Malformed($"The header {MessagesShape.VersionHeader} stands there several times. Send it once, and have a proxy between replace it instead of adding its own.");
        }

        var said = Of(headers);
        return said.Version.Length + said.Beta.Length > MostCharacters
            ? ApiError.Malformed($"{MessagesShape.VersionHeader} and {MessagesShape.BetaHeader} must have at most {MostCharacters} characters together. Name only the betas that the request needs.") : null;
    }

    public static AnthropicHeaders Of(IHeaderDictionary headers) => new(headers[MessagesShape.VersionHeader].ToString(), headers[MessagesShape.BetaHeader].ToString());

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
