namespace Platform.ProviderSimulator.Generation;

/// <summary>
/// The provider's own way of counting prompt tokens:
/// <c>sum over messages of (ceil(UTF-8 bytes of its text / 4) + 3) + 3</c>.
/// </summary>
/// <remarks>
/// It differs on purpose from an upper bound of one token a UTF-8 byte plus overhead, and never exceeds it as long as that
/// overhead is at least 3 tokens a message and 3 a request, which is also what OpenAI's chat format adds.
/// </remarks>
internal static class TokenRule
{
    public const int BytesPerToken = 4;
    public const int TokensPerMessage = 3;
    public const int TokensPerRequest = 3;

    /// <summary>Tokens of one message, its overhead included.</summary>
    public static int Message(int utf8Bytes) => ((utf8Bytes + (BytesPerToken - 1)) / BytesPerToken) + TokensPerMessage;
}
