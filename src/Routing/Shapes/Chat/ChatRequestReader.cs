using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Chat;

/// <summary>
/// Reads a chat completion request in one pass over its bytes. It refuses what it could misunderstand: a field that decides on money and stands there
/// twice, and content whose cost the bytes do not bound. An unknown field is none of its business.
/// </summary>
internal ref struct ChatRequestReader : IRequestReader
{
    private const int MaxChoices = 128;

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
        Unboundable = 512,
        Tools = 1024,
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
            ReadField(field);
        }

        _request.ClosingBrace = _messages.Body.End();
        if (_request.Model.Length == 0)
        {
            _messages.Body.Refuse(ApiError.Malformed("'model' must be a string.", "model"));
        }
        else if ((_seen & Field.Messages) == 0)
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
        _ when _messages.Body.Json.ValueTextEquals("web_search_options"u8) || _messages.Body.Json.ValueTextEquals("prediction"u8) || _messages.Body.Json.ValueTextEquals("best_of"u8) => Field.Unboundable,
        _ => Field.Other,
    };

    private void ReadField(Field field)
    {
        var name = field == Field.Unboundable ? _messages.Body.Json.GetString() : null;
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
                ReadTools();
                _request.ToolsRange = _messages.Body.RangeFrom(start);
                break;
            case Field.Stream:
                _request.Stream = _messages.Body.ReadBoolean("stream");
                break;
            case Field.StreamOptions:
                ReadStreamOptions();
                _request.StreamOptionsRange = _messages.Body.RangeFrom(start);
                break;
            case Field.MaxTokens:
                _request.MaxTokens = _messages.Body.ReadPositive("max_tokens");
                _request.MaxTokensRange = _messages.Body.RangeFrom(start);
                break;
            case Field.MaxCompletionTokens:
                _request.MaxCompletionTokens = _messages.Body.ReadPositive("max_completion_tokens");
                _request.MaxCompletionTokensRange = _messages.Body.RangeFrom(start);
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
            case Field.Unboundable:
                _messages.Body.RefuseUnlessNull(name!);
                break;
            default:
                _messages.Body.Json.Skip();
                break;
        }
    }

    /// <summary>Tools of the caller's own are text. Others run at the provider, which bills them apart.</summary>
    private void ReadTools()
    {
        if (_messages.Body.Json.TokenType != JsonTokenType.StartArray)
        {
            _messages.Body.Json.Skip();
            return;
        }

        while (_messages.Body.Json.Read() && _messages.Body.Json.TokenType != JsonTokenType.EndArray)
        {
            if (_messages.Body.Json.TokenType != JsonTokenType.StartObject)
            {
                _messages.Body.Json.Skip();
                continue;
            }

            while (_messages.Body.NextName())
            {
                var isType = _messages.Body.Json.ValueTextEquals("type"u8);
                _messages.Body.Json.Read();
                if (isType && _messages.Body.Json.TokenType == JsonTokenType.String && !_messages.Body.Json.ValueTextEquals("function"u8) && !_messages.Body.Json.ValueTextEquals("custom"u8))
                {
                    _messages.Body.Refuse(ApiError.Unbounded(
                        $"Tools of type '{BodyReader.Quote(_messages.Body.Json.GetString())}' run at the provider and are billed apart, so they are not served. Send tools of type function.", "tools"));
                }

                _messages.Body.Json.Skip();
            }
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

        _request.StreamOptionsIsObject = true;
        _request.StreamOptionsIsEmpty = true;
        while (_messages.Body.Json.Read() && _messages.Body.Json.TokenType == JsonTokenType.PropertyName)
        {
            _request.StreamOptionsIsEmpty = false;
            var isUsage = _messages.Body.Json.ValueTextEquals("include_usage"u8);
            _messages.Body.Json.Read();
            if (!isUsage)
            {
                _messages.Body.Json.Skip();
                continue;
            }

            if (_request.IncludeUsageRange is not null)
            {
                _messages.Body.Refuse(ApiError.Malformed("The field 'include_usage' stands there twice.", "stream_options"));
            }

            var start = (int)_messages.Body.Json.TokenStartIndex;
            _request.UsageAsked = _messages.Body.ReadBoolean("stream_options.include_usage");
            _request.IncludeUsageRange = _messages.Body.RangeFrom(start);
        }
    }

    private void ReadModalities()
    {
        if (_messages.Body.Json.TokenType != JsonTokenType.StartArray)
        {
            _messages.Body.Json.Skip();
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
