using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Chat;

/// <summary>
/// Reads a chat completion request in one pass over its bytes. It refuses what it could misunderstand: a field that decides on money and stands there
/// twice or in another spelling, and what the bytes and the output cap do not bound. Any other unknown field is none of its business.
/// </summary>
internal ref struct ChatRequestReader : IRequestReader
{
    private const int MaxChoices = 128;

    private static readonly FieldNames Names = new(
        UnservedFields.OfChat, "model", "messages", "tools", "stream", "stream_options", "max_tokens", "max_completion_tokens", "n", "service_tier", "modalities");

    private readonly ChatRequest _request;
    private ChatMessages _messages;
    private Field _seen;

    private ChatRequestReader(byte[] body)
    {
        _request = new ChatRequest(body);
        _messages = new ChatMessages(_request);
    }

    [Flags]
    private enum Field
    {
        Other = 0,
        Model = 1,
        Stream = 2,
        StreamOptions = 4,
        MaxTokens = 8,
        MaxCompletionTokens = 16,
        Choices = 32,
        Messages = 64,
        ServiceTier = 128,
        Modalities = 256,
        Tools = 512,
        Thinking = 1024,
        Reasoning = 2048,
    }

    /// <summary>Null when the request is well formed and can be bounded, else what is wrong with it.</summary>
    public static ApiError? TryRead(byte[] body, out ChatRequest request)
    {
        var reader = new ChatRequestReader(body);
        request = reader._request;
        return BodyReader.Read(reader);
    }

    public ApiError? Read()
    {
        ReadRequest();
        return _messages.Body.Error;
    }

    private void ReadRequest()
    {
        if (!_messages.Body.Begin())
        {
            return;
        }

        while (_messages.Body.NextName())
        {
            var field = ReadFieldName();
            if (field != Field.Other && (_seen & field) != 0)
            {
                _messages.Body.Refuse(ApiError.Malformed($"The field '{_messages.Body.Json.GetString()}' stands there twice."));
            }

            _seen |= field;
            if (field == Field.Other)
            {
                _messages.Body.SkipUnknown(Names, _request);
            }
            else
            {
                ReadField(field);
            }
        }

        _request.ClosingBrace = _messages.Body.End();
        if (_messages.Body.RequireModel(_request.Model, isGiven: (_seen & Field.Model) != 0) && (_seen & Field.Messages) == 0)
        {
            _messages.Body.Refuse(ApiError.Malformed("'messages' is missing.", "messages"));
        }
    }

    private readonly Field ReadFieldName() => 0 switch
    {
        _ when _messages.Body.Json.ValueTextEquals("model"u8) => Field.Model,
        _ when _messages.Body.Json.ValueTextEquals("messages"u8) => Field.Messages,
        _ when _messages.Body.Json.ValueTextEquals("tools"u8) => Field.Tools,
        _ when _messages.Body.Json.ValueTextEquals("stream"u8) => Field.Stream,
        _ when _messages.Body.Json.ValueTextEquals("stream_options"u8) => Field.StreamOptions,
        _ when _messages.Body.Json.ValueTextEquals("max_tokens"u8) => Field.MaxTokens,
        _ when _messages.Body.Json.ValueTextEquals("max_completion_tokens"u8) => Field.MaxCompletionTokens,
        _ when _messages.Body.Json.ValueTextEquals("n"u8) => Field.Choices,
        _ when _messages.Body.Json.ValueTextEquals("service_tier"u8) => Field.ServiceTier,
        _ when _messages.Body.Json.ValueTextEquals("modalities"u8) => Field.Modalities,
        _ when _messages.Body.Json.ValueTextEquals("thinking"u8) => Field.Thinking,
        _ when _messages.Body.Json.ValueTextEquals("reasoning"u8) => Field.Reasoning,
        _ => Field.Other,
    };

    private void ReadField(Field field)
    {
        var name = new ByteRange((int)_messages.Body.Json.TokenStartIndex, (int)_messages.Body.Json.TokenStartIndex + _messages.Body.Json.ValueSpan.Length + 2);
        _messages.Body.Json.Read();
        var start = (int)_messages.Body.Json.TokenStartIndex;
        switch (field)
        {
            case Field.Model:
                _request.Model = _messages.Body.ReadModel(out var range);
                _request.ModelRange = range;
                break;
            case Field.Messages:
                _messages.ReadMessages();
                _request.MessagesRange = _messages.Body.RangeFrom(start);
                break;
            case Field.Tools:
                ChatTools.Read(ref _messages.Body);
                _request.ToolsRange = _messages.Body.RangeFrom(start);
                break;
            case Field.Stream:
                _request.Stream = _messages.Body.ReadBoolean("stream");
                break;
            case Field.StreamOptions:
                ReadStreamOptions();
                (_request.StreamOptionsName, _request.StreamOptionsRange) = (name, _messages.Body.RangeFrom(start));
                break;
            case Field.MaxTokens:
                _request.MaxTokens = new CapField(_messages.Body.ReadPositive("max_tokens"), name, _messages.Body.RangeFrom(start));
                break;
            case Field.MaxCompletionTokens:
                _request.MaxCompletionTokens = new CapField(_messages.Body.ReadPositive("max_completion_tokens"), name, _messages.Body.RangeFrom(start));
                break;
            case Field.Choices:
                _request.Choices = (int)(_messages.Body.ReadPositive("n", MaxChoices) ?? 1);
                break;
            case Field.ServiceTier:
                _request.ServiceTier = _messages.Body.RefuseUnless("service_tier", "auto", "default", "flex");
                _request.ServiceTierRange = _messages.Body.RangeFrom(start);
                break;
            case Field.Modalities:
                ReadModalities();
                break;
            case Field.Thinking:
                _request.ThinkingTokens = Math.Max(_request.ThinkingTokens, ThinkingField.Read(ref _messages.Body, "budget_tokens"u8));
                break;
            case Field.Reasoning:
                _request.ThinkingTokens = Math.Max(_request.ThinkingTokens, ThinkingField.Read(ref _messages.Body, "max_tokens"u8));
                break;
        }
    }

    private void ReadStreamOptions()
    {
        if (_messages.Body.Json.TokenType != JsonTokenType.StartObject)
        {
            if (_messages.Body.Json.TokenType != JsonTokenType.Null)
            {
                _messages.Body.Refuse(ApiError.Malformed("'stream_options' must be an object.", "stream_options"));
            }

            _messages.Body.Json.Skip();
            return;
        }

        var (usages, others) = (0, 0);
        while (_messages.Body.NextName())
        {
            var isUsage = _messages.Body.Json.ValueTextEquals("include_usage"u8);
            var isObfuscation = _messages.Body.Json.ValueTextEquals("include_obfuscation"u8);
            _messages.Body.Json.Read();
            if (isUsage)
            {
                usages++;
                _request.UsageAsked = _messages.Body.ReadBoolean("stream_options.include_usage");
            }
            else if (isObfuscation)
            {
                _request.Obfuscation = _messages.Body.Json.TokenType == JsonTokenType.Null ? null : _messages.Body.ReadBoolean("stream_options.include_obfuscation");
            }
            else
            {
                others++;
                _messages.Body.Json.Skip();
            }
        }

        if (usages > 1)
        {
            _messages.Body.Refuse(ApiError.Malformed("The field 'include_usage' stands there twice.", "stream_options"));
        }

        _request.StreamOptionsAreOurs = _request.UsageAsked && others == 0;
    }

    private void ReadModalities()
    {
        if (!_messages.Body.BeginArray("modalities"))
        {
            return;
        }

        while (_messages.Body.Json.Read() && _messages.Body.Json.TokenType != JsonTokenType.EndArray)
        {
            if (_messages.Body.Json.TokenType != JsonTokenType.String || !_messages.Body.Json.ValueTextEquals("text"u8))
            {
                _messages.Body.Refuse(ApiError.Unbounded("Only the modality 'text' is served.", "modalities"));
            }

            _messages.Body.Json.Skip();
        }
    }
}
