using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Shapes.Chat;

/// <summary>A field of a request that carries an output cap.</summary>
/// <param name="Value">Null: it says null.</param>
/// <param name="Name">Where its name lies, quotes included.</param>
/// <param name="Range">Where its value lies.</param>
internal readonly record struct CapField(long? Value, ByteRange Name, ByteRange Range);

/// <summary>A chat completion request.</summary>
internal sealed class ChatRequest(byte[] body) : CallRequest(body)
{
    public ByteRange ModelRange { get; set; }

    public ByteRange MessagesRange { get; set; }

    public ByteRange ToolsRange { get; set; }

    /// <summary>Null when the field is missing.</summary>
    public CapField? MaxTokens { get; set; }

    /// <summary>Likewise.</summary>
    public CapField? MaxCompletionTokens { get; set; }

    /// <summary>The value of <c>stream_options</c>; null when the field is missing.</summary>
    public ByteRange? StreamOptionsRange { get; set; }

    /// <summary>Its name, quotes included.</summary>
    public ByteRange StreamOptionsName { get; set; }

    /// <summary>They ask for usage and for nothing that the gateway does not pass on: they go upstream as they stand.</summary>
    public bool StreamOptionsAreOurs { get; set; }

    public bool UsageAsked { get; set; }

    /// <summary>What the caller says of <c>stream_options.include_obfuscation</c>; null: nothing.</summary>
    public bool? Obfuscation { get; set; }

    /// <summary>Where the request's closing brace stands.</summary>
    public int ClosingBrace { get; set; }

    /// <summary>The lower of the caller's caps; null when there is none.</summary>
    public override long? AskedCap => MaxTokens?.Value is not { } tokens || MaxCompletionTokens?.Value < tokens ? MaxCompletionTokens?.Value : tokens;

    public override ByteRange[] PromptParts => [MessagesRange, ToolsRange];

    public override byte[] ToUpstream(RouteTarget target, long outputCap) => ChatRequestRewriter.Rewrite(this, target, outputCap);
}
