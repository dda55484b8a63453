using System.Text.Json;
using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Shapes.Messages;

/// <summary>A question how many tokens a message would have. It generates nothing and costs nothing, so nothing of it has to be bounded, and only its model is read.</summary>
internal sealed class CountRequest(byte[] body) : CallRequest(body), IRequestReader
{
    private static readonly FieldNames Names = new("model");

    private ByteRange _modelRange;

    public override long? AskedCap => null;

    public override ByteRange[] PromptParts => [];

    /// <summary>Null when it names a model.</summary>
    public static ApiError? TryRead(byte[] body, out CountRequest request)
    {
        request = new CountRequest(body);
        return BodyReader.Read(request);
    }

    public override byte[] ToUpstream(RouteTarget target, long outputCap)
    {
        if (Model == target.Model)
        {
            return Body;
        }

        var edits = new BodyEdits();
        edits.Replace(_modelRange, $"\"{JsonEncodedText.Encode(target.Model)}\"");
        return edits.Apply(Body);
    }

    public ApiError? Read()
    {
        var reader = new BodyReader(Body);
        if (!reader.Begin())
        {
            return reader.Error;
        }

        var isGiven = false;
        while (reader.NextName())
        {
            if (!reader.Json.ValueTextEquals("model"u8))
            {
                reader.SkipUnknown(Names, this);
                continue;
            }

            isGiven = true;
            reader.Json.Read();
            if (Model.Length > 0)
            {
                reader.Refuse(ApiError.Malformed("The field 'model' stands there twice."));
            }

            Model = reader.ReadModel(out _modelRange);
        }

        reader.End();
        reader.RequireModel(Model, isGiven);
        return reader.Error;
    }
}
