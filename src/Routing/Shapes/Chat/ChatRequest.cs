using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Shapes.Chat;

/// <summary>A chat completion request.</summary>
internal sealed class ChatRequest(byte[] body) : CallRequest(body)
{
    public ByteRange ModelRange { get; set; }

    public ByteRange MessagesRange { get; set; }

    public ByteRange ToolsRange { get; set; }

    /// <summary>The caller's caps; null when not named.</summary>
    public long? MaxTokens { get; set; }

    public ByteRange? MaxTokensRange { get; set; }

    public long? MaxCompletionTokens { get; set; }

    public ByteRange? MaxCompletionTokensRange { get; set; }

    /// <summary>The value of <c>stream_options</c>; null when the field is missing.</summary>
    public ByteRange? StreamOptionsRange { get; set; }

    public bool StreamOptionsIsObject { get; set; }

    public bool StreamOptionsIsEmpty { get; set; }

    public bool UsageAsked { get; set; }

    public ByteRange? IncludeUsageRange { get; set; }

    /// <summary>Where the request's closing brace stands.</summary>
    public int ClosingBrace { get; set; }

    /// <summary>The lower of the caller's caps; null when there is none.</summary>
    public override long? AskedCap => MaxTokens is null || MaxCompletionTokens < MaxTokens ? MaxCompletionTokens : MaxTokens;

    public override ByteRange[] PromptParts => [MessagesRange, ToolsRange];

    public override byte[] ToUpstream(RouteTarget target, long outputCap) => ChatRequestRewriter.Rewrite(this, target, outputCap);
}
