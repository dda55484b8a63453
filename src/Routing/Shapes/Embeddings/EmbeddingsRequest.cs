using System.Text.Json;
using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Shapes.Embeddings;

/// <summary>A request for embeddings: nothing is generated, so only its input costs.</summary>
internal sealed class EmbeddingsRequest(byte[] body) : CallRequest(body)
{
    public ByteRange ModelRange { get; set; }

    public ByteRange InputRange { get; set; }

    public override long? AskedCap => 0;

    public override ByteRange[] PromptParts => [InputRange];

    public override byte[] ToUpstream(RouteTarget target, long outputCap)
    {
        if (Model == target.Model)
        {
            return Body;
        }

        var edits = new BodyEdits();
        edits.Replace(ModelRange, $"\"{JsonEncodedText.Encode(target.Model)}\"");
        return edits.Apply(Body);
    }
}
