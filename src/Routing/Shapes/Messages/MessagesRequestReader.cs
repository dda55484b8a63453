using System.Text.Json;
using Platform.Routing.Calls;
using Platform.Routing.Pricing;

namespace Platform.Routing.Shapes.Messages;

/// <summary>
/// Reads a request for a message in one pass over its bytes. It refuses what it could misunderstand: a field that decides on money and stands there twice or in another spelling, and
/// what the bytes and the output cap do not bound. Any other unknown field is none of its business.
/// </summary>
internal ref struct MessagesRequestReader : IRequestReader
{
    private static readonly FieldNames Names = new(
        UnservedFields.OfMessages, "model", "max_tokens", "stream", "messages", "system", "tools", "service_tier", "speed", InferenceRegions.Field, "context_management",
        "output_format", "output_config");

    private readonly MessagesRequest _request;
    private MessageBlocks _blocks;
    private Field _seen;

    private MessagesRequestReader(byte[] body)
    {
        _request = new MessagesRequest(body);
        _blocks = new MessageBlocks(_request);
    }

    [Flags]
    private enum Field
    {
        Other = 0,
        Model = 1,
        MaxTokens = 2,
        Stream = 4,
        Messages = 8,
        System = 16,
        Tools = 32,
        ServiceTier = 64,
        Speed = 128,
        Geography = 256,
        ContextManagement = 512,
        Thinking = 1024,
        OutputFormat = 2048,
        OutputConfig = 4096,
    }

    /// <summary>Null when the request is well formed and can be bounded, else what is wrong with it.</summary>
    public static ApiError? TryRead(byte[] body, out MessagesRequest request)
    {
        var reader = new MessagesRequestReader(body);
        request = reader._request;
        return BodyReader.Read(reader);
    }

    public ApiError? Read()
    {
        ReadRequest();
        return _blocks.Body.Error;
    }

    private void ReadRequest()
    {
        ref var body = ref _blocks.Body;
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

        body.End();
        if (!body.RequireModel(_request.Model, isGiven: (_seen & Field.Model) != 0))
        {
            return;
        }

        if (_request.MaxTokens is null)
        {
            body.Refuse(ApiError.Malformed("'max_tokens' is missing: this route needs a cap of output.", "max_tokens"));
        }
        else if ((_seen & Field.Messages) == 0)
        {
            body.Refuse(ApiError.Malformed("'messages' is missing.", "messages"));
        }
    }

    private readonly Field ReadFieldName()
    {
        var json = _blocks.Body.Json;
        return 0 switch
        {
            _ when json.ValueTextEquals("model"u8) => Field.Model,
            _ when json.ValueTextEquals("max_tokens"u8) => Field.MaxTokens,
            _ when json.ValueTextEquals("stream"u8) => Field.Stream,
            _ when json.ValueTextEquals("messages"u8) => Field.Messages,
            _ when json.ValueTextEquals("system"u8) => Field.System,
            _ when json.ValueTextEquals("tools"u8) => Field.Tools,
            _ when json.ValueTextEquals("service_tier"u8) => Field.ServiceTier,
            _ when json.ValueTextEquals("speed"u8) => Field.Speed,
            _ when json.ValueTextEquals(InferenceRegions.Field) => Field.Geography,
            _ when json.ValueTextEquals("context_management"u8) => Field.ContextManagement,
            _ when json.ValueTextEquals("thinking"u8) => Field.Thinking,
            _ when json.ValueTextEquals("output_format"u8) => Field.OutputFormat,
            _ when json.ValueTextEquals("output_config"u8) => Field.OutputConfig,
            _ => Field.Other,
        };
    }

    private void ReadField(Field field)
    {
        ref var body = ref _blocks.Body;
        body.Json.Read();
        var start = (int)body.Json.TokenStartIndex;
        switch (field)
        {
            case Field.Model:
                _request.Model = body.ReadModel(out var range);
                _request.ModelRange = range;
                break;
            case Field.MaxTokens:
                // 0 has Anthropic write the prompt to its cache and generate nothing (https://platform.claude.com/docs/en/build-with-claude/prompt-caching, "Pre-warming the cache").
                _request.MaxTokens = body.ReadWhole("max_tokens", atLeast: 0);
                _request.MaxTokensRange = body.RangeFrom(start);
                break;
            case Field.Stream:
                _request.Stream = body.ReadBoolean("stream");
                break;
            case Field.Messages:
                _blocks.ReadMessages();
                _request.MessagesRange = body.RangeFrom(start);
                break;
            case Field.System:
                _blocks.ReadContent();
                _request.SystemRange = body.RangeFrom(start);
                break;
            case Field.Tools:
                MessageTools.Read(ref body, _request);
                _request.ToolsRange = body.RangeFrom(start);
                break;
            case Field.ServiceTier:
                body.RefuseUnless("service_tier", "auto", "standard_only");
                break;
            case Field.Speed:
                body.RefuseUnless("speed", "standard");
                break;
            case Field.Geography:
                // Whether the region has a price, and may be asked for with that, is known where it would be sent.
                _request.AskedRegion = InferenceRegions.Named(body.RefuseUnless(InferenceRegions.Field, InferenceRegions.Global, InferenceRegions.Us));
                break;
            case Field.ContextManagement:
                MessageTools.ReadContextManagement(ref body);
                break;
            case Field.Thinking:
                _request.ThinkingTokens = ThinkingField.Read(ref body, "budget_tokens"u8);
                break;
            case Field.OutputFormat:
                MessageTools.ReadFormat(ref body, _request);
                break;
            case Field.OutputConfig:
                MessageTools.ReadOutputConfig(ref body, _request);
                break;
        }
    }
}
