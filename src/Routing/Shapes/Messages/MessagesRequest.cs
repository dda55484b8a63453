using System.Globalization;
using System.Text.Json;
using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Shapes.Messages;

/// <summary>What has Anthropic add a system prompt of its own.</summary>
[Flags]
internal enum AddedPrompts
{
    None = 0,
    Tools = 1,
    Citations = 2,
    Format = 4,
}

/// <summary>A request for a message, in Anthropic's shape. Its output cap is required there, so there is no other way to bound it.</summary>
internal sealed class MessagesRequest(byte[] body) : CallRequest(body)
{
    /// <summary>
    /// Published for tools: 159 to 530 tokens, by model and tool choice (https://docs.anthropic.com/en/docs/tool-use-pricing-and-tokens). Models come, so twice the most. Of the others it is only said that the input is
    /// slightly more (https://platform.claude.com/docs/en/build-with-claude/structured-outputs, …/citations): they are taken to be no longer.
    /// </summary>
    private const int MostOfPrompt = 2 * 530;

    /// <summary>What most models' prompt for tools is with the usual tool choice.</summary>
    private const int TypicalOfPrompt = 346;

    private AddedPrompts _added;

    public ByteRange ModelRange { get; set; }

    public ByteRange MessagesRange { get; set; }

    public ByteRange SystemRange { get; set; }

    public ByteRange ToolsRange { get; set; }

    /// <summary>Null until it was read; 0: nothing is to be generated, only cached.</summary>
    public long? MaxTokens { get; set; }

    public ByteRange MaxTokensRange { get; set; }

    /// <summary>Counts the prompt, once however often the request asks for it.</summary>
    public void Count(AddedPrompts prompt)
    {
        if ((_added & prompt) == 0)
        {
            _added |= prompt;
            CountBesideText(MostOfPrompt, TypicalOfPrompt);
        }
    }

    public override long? AskedCap => MaxTokens;

    public override ByteRange[] PromptParts => [MessagesRange, SystemRange, ToolsRange];

    public override byte[] ToUpstream(RouteTarget target, long outputCap)
    {
        if (Model == target.Model && MaxTokens == outputCap)
        {
            return Body;
        }

        var edits = new BodyEdits();
        if (Model != target.Model)
        {
            edits.Replace(ModelRange, $"\"{JsonEncodedText.Encode(target.Model)}\"");
        }

        if (MaxTokens != outputCap)
        {
            edits.Replace(MaxTokensRange, outputCap.ToString(CultureInfo.InvariantCulture));
        }

        return edits.Apply(Body);
    }
}
