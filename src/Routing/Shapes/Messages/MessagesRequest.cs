using System.Globalization;
using System.Text.Json;
using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Shapes.Messages;

/// <summary>A request for a message, in Anthropic's shape. Its output cap is required there, so there is no other way to bound it.</summary>
internal sealed class MessagesRequest(byte[] body) : CallRequest(body)
{
    public ByteRange ModelRange { get; set; }

    public ByteRange MessagesRange { get; set; }

    public ByteRange SystemRange { get; set; }

    public ByteRange ToolsRange { get; set; }

    public long MaxTokens { get; set; }

    public ByteRange MaxTokensRange { get; set; }

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
