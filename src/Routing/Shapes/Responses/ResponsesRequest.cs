using System.Globalization;
using System.Text.Json;
using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Shapes.Responses;

/// <summary>A request for a response, in OpenAI's shape of that name.</summary>
internal sealed class ResponsesRequest(byte[] body) : CallRequest(body)
{
    public ByteRange ModelRange { get; set; }

    public ByteRange InputRange { get; set; }

    public ByteRange InstructionsRange { get; set; }

    public ByteRange ToolsRange { get; set; }

    /// <summary>Of <c>previous_response_id</c>.</summary>
    public ByteRange PreviousRange { get; set; }

    public ByteRange ConversationRange { get; set; }

    /// <summary>The caller's cap; null when none is named.</summary>
    public long? MaxOutputTokens { get; set; }

    /// <summary>The value of <c>max_output_tokens</c>; null when the field is missing.</summary>
    public ByteRange? MaxOutputTokensRange { get; set; }

    /// <summary>Where the request's closing brace stands.</summary>
    public int ClosingBrace { get; set; }

    public override long? AskedCap => MaxOutputTokens;

    public override ByteRange[] PromptParts => [InputRange, InstructionsRange, ToolsRange, PreviousRange, ConversationRange];

    /// <summary>The caller's bytes, but for the model, <c>max_output_tokens</c> and <c>service_tier</c>. At Azure this route has no deployment in its address: there the body's model names it.</summary>
    public override byte[] ToUpstream(RouteTarget target, long outputCap)
    {
        var model = target.Provider.Kind == ProviderKind.AzureOpenAi ? target.Deployment : target.Model;
        var edits = new BodyEdits();
        if (Model != model)
        {
            edits.Replace(ModelRange, $"\"{JsonEncodedText.Encode(model)}\"");
        }

        var cap = outputCap.ToString(CultureInfo.InvariantCulture);
        if (MaxOutputTokensRange is not { } range)
        {
            edits.Insert(ClosingBrace, $",\"max_output_tokens\":{cap}");
        }
        else if (MaxOutputTokens != outputCap)
        {
            edits.Replace(range, cap);
        }

        if (TierField.Set(edits, this, target) is { Length: > 0 } tier)
        {
            edits.Insert(ClosingBrace, tier);
        }

        return edits.IsEmpty ? Body : edits.Apply(Body);
    }
}
