using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Responses;

/// <summary>
/// Reads a request for a response in one pass over its bytes. It refuses what it could misunderstand: a field that decides on money and stands there twice or in another spelling, and what
/// neither the bytes, the output cap nor the model's context window bounds. Any other unknown field is none of its business.
/// </summary>
internal ref struct ResponsesRequestReader : IRequestReader
{
    private static readonly FieldNames Names = new(
        UnservedFields.OfResponses, "model", "input", "instructions", "tools", "stream", "max_output_tokens", "service_tier", "background", "previous_response_id", "conversation");

    private readonly ResponsesRequest _request;
    private ResponseItems _items;
    private Field _seen;

    private ResponsesRequestReader(byte[] body)
    {
        _request = new ResponsesRequest(body);
        _items = new ResponseItems(_request);
    }

    [Flags]
    private enum Field
    {
        Other = 0,
        Model = 1,
        Input = 2,
        Instructions = 4,
        Tools = 8,
        Stream = 16,
        MaxOutputTokens = 32,
        ServiceTier = 64,
        Background = 128,
        Previous = 256,
        Conversation = 512,
    }

    /// <summary>Null when the request is well formed and can be bounded, else what is wrong with it.</summary>
    public static ApiError? TryRead(byte[] body, out ResponsesRequest request)
    {
        var reader = new ResponsesRequestReader(body);
        request = reader._request;
        return BodyReader.Read(reader);
    }

    public ApiError? Read()
    {
        ReadRequest();
        return _items.Body.Error;
    }

    private void ReadRequest()
    {
        ref var body = ref _items.Body;
        if (!body.Begin())
        {
            return;
        }

        while (body.NextName())
        {
            var field = ReadFieldName();
            if (field == Field.Other)
            {
                body.SkipUnknown(Names, _request);
                continue;
            }

            if ((_seen & field) != 0)
            {
                body.Refuse(ApiError.Malformed($"The field '{body.Json.GetString()}' stands there twice."));
            }

            _seen |= field;
            ReadField(field);
        }

        _request.ClosingBrace = body.End();
        if (body.RequireModel(_request.Model, isGiven: (_seen & Field.Model) != 0) && (_seen & (Field.Input | Field.Previous | Field.Conversation)) == 0)
        {
            body.Refuse(ApiError.Malformed("'input' is missing.", "input"));
        }
    }

    private readonly Field ReadFieldName()
    {
        var json = _items.Body.Json;
        return 0 switch
        {
            _ when json.ValueTextEquals("model"u8) => Field.Model,
            _ when json.ValueTextEquals("input"u8) => Field.Input,
            _ when json.ValueTextEquals("instructions"u8) => Field.Instructions,
            _ when json.ValueTextEquals("tools"u8) => Field.Tools,
            _ when json.ValueTextEquals("stream"u8) => Field.Stream,
            _ when json.ValueTextEquals("max_output_tokens"u8) => Field.MaxOutputTokens,
            _ when json.ValueTextEquals("service_tier"u8) => Field.ServiceTier,
            _ when json.ValueTextEquals("background"u8) => Field.Background,
            _ when json.ValueTextEquals("previous_response_id"u8) => Field.Previous,
            _ when json.ValueTextEquals("conversation"u8) => Field.Conversation,
            _ => Field.Other,
        };
    }

    private void ReadField(Field field)
    {
        ref var body = ref _items.Body;
        body.Json.Read();
        var start = (int)body.Json.TokenStartIndex;
        switch (field)
        {
            case Field.Model:
                _request.Model = body.ReadModel(out var range);
                _request.ModelRange = range;
                break;
            case Field.Input:
                _items.ReadInput();
                _request.InputRange = body.RangeFrom(start);
                break;
            case Field.Instructions:
                _request.InstructionsRange = ReadInstructions();
                break;
            case Field.Tools:
                ResponseTools.Read(ref body, _request);
                _request.ToolsRange = body.RangeFrom(start);
                break;
            case Field.Stream:
                _request.Stream = body.ReadBoolean("stream");
                break;
            case Field.MaxOutputTokens:
                _request.MaxOutputTokens = body.ReadPositive("max_output_tokens");
                _request.MaxOutputTokensRange = body.RangeFrom(start);
                break;
            case Field.ServiceTier:
                _request.ServiceTier = body.RefuseUnless("service_tier", "auto", "default", "flex");
                _request.ServiceTierRange = body.RangeFrom(start);
                break;
            case Field.Background:
                RefuseBackground();
                break;
            case Field.Previous:
                _request.PreviousRange = ReadReference("previous_response_id");
                break;
            case Field.Conversation:
                _request.ConversationRange = ReadReference("conversation");
                break;
        }
    }

    private ByteRange ReadInstructions()
    {
        ref var body = ref _items.Body;
        var start = (int)body.Json.TokenStartIndex;
        var isNull = body.Json.TokenType == JsonTokenType.Null;
        if (!isNull && body.Json.TokenType != JsonTokenType.String)
        {
            body.Refuse(ApiError.Malformed("'instructions' must be a string.", "instructions"));
        }

        body.Json.Skip();
        return isNull ? default : body.RangeFrom(start);
    }

    private void RefuseBackground()
    {
        ref var body = ref _items.Body;
        if (body.ReadBoolean("background"))
        {
            body.Refuse(ApiError.Unbounded(
                "A response in the background ends when nobody here hears of it, so it is not served. Leave background out; work that can wait goes to POST /v1/batches, or with X-KT-Lane to a lane with windows.",
                "background"));
        }
    }

    /// <summary>Null refers to nothing; all else to what the provider keeps, of which nobody here knows the size.</summary>
    private ByteRange ReadReference(string name)
    {
        ref var body = ref _items.Body;
        var start = (int)body.Json.TokenStartIndex;
        if (body.Json.TokenType == JsonTokenType.Null)
        {
            return default;
        }

        _request.BoundByContext ??= $"'{name}' refers to what the provider keeps";
        body.Json.Skip();
        return body.RangeFrom(start);
    }
}
