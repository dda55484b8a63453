namespace Platform.Routing.Chat;

/// <summary>Where a value lies in the caller's body, in bytes.</summary>
internal readonly record struct ByteRange(int Start, int End);

/// <summary>
/// What the gateway needs to know of a chat completion request: figures, and where in the caller's bytes the few fields lie that it changes. All
/// else is neither parsed into objects nor written again.
/// </summary>
internal sealed class ChatRequest
{
    public string Model { get; set; } = "";

    public ByteRange ModelRange { get; set; }

    public ByteRange? MessagesRange { get; set; }

    public ByteRange? ToolsRange { get; set; }

    public bool Stream { get; set; }

    /// <summary>The caller's caps; null when not named.</summary>
    public long? MaxTokens { get; set; }

    public ByteRange? MaxTokensRange { get; set; }

    public long? MaxCompletionTokens { get; set; }

    public ByteRange? MaxCompletionTokensRange { get; set; }

    /// <summary>How many answers are asked for; each may use the whole cap.</summary>
    public int Choices { get; set; } = 1;

    /// <summary>The value of <c>stream_options</c>; null when the field is missing.</summary>
    public ByteRange? StreamOptionsRange { get; set; }

    public bool StreamOptionsIsObject { get; set; }

    public bool StreamOptionsIsEmpty { get; set; }

    public bool UsageAsked { get; set; }

    public ByteRange? IncludeUsageRange { get; set; }

    /// <summary>Where the request's closing brace stands.</summary>
    public int ClosingBrace { get; set; }

    /// <summary>The lower of the caller's caps; null when there is none.</summary>
    public long? AskedCap => MaxTokens is null || MaxCompletionTokens < MaxTokens ? MaxCompletionTokens : MaxTokens;
}
