using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Chat;

/// <summary>
/// Reads a chat completion request in one pass over its bytes. It refuses what it could misunderstand: a field that decides on money and stands there
/// twice, and content whose cost the bytes do not bound. An unknown field is none of its business.
/// </summary>
internal ref struct ChatRequestReader
{
    private const int MaxChoices = 128;

    private readonly ChatRequest _request;
    private BodyReader _body;
    private Field _seen;

    private ChatRequestReader(byte[] body)
    {
        _request = new ChatRequest(body);
        _body = new BodyReader(body);
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
        try
        {
            reader.ReadRequest();
        }
        catch (InvalidOperationException)
        {
            return BodyReader.NotUnicode();
        }
        catch (JsonException exception)
        {
            return BodyReader.NotJson(exception);
        }

        return reader._body.Error;
    }

    private void ReadRequest()
    {
        if (!_body.Begin())
        {
            return;
        }

        while (_body.NextName())
        {
            var field = ReadFieldName();
            if (field != Field.Other && (_seen & field) != 0)
            {
                _body.Refuse(ApiError.Malformed($"The field '{_body.Json.GetString()}' stands there twice."));
            }

            _seen |= field;
            ReadField(field);
        }

        _request.ClosingBrace = _body.End();
        if (_request.Model.Length == 0)
        {
            _body.Refuse(ApiError.Malformed("'model' must be a string.", "model"));
        }
        else if ((_seen & Field.Messages) == 0)
        {
            _body.Refuse(ApiError.Malformed("'messages' is missing.", "messages"));
        }
    }

    private readonly Field ReadFieldName() => 0 switch
    {
        _ when _body.Json.ValueTextEquals("model"u8) => Field.Model,
        _ when _body.Json.ValueTextEquals("messages"u8) => Field.Messages,
        _ when _body.Json.ValueTextEquals("tools"u8) => Field.Tools,
        _ when _body.Json.ValueTextEquals("stream"u8) => Field.Stream,
        _ when _body.Json.ValueTextEquals("stream_options"u8) => Field.StreamOptions,
        _ when _body.Json.ValueTextEquals("max_tokens"u8) => Field.MaxTokens,
        _ when _body.Json.ValueTextEquals("max_completion_tokens"u8) => Field.MaxCompletionTokens,
        _ when _body.Json.ValueTextEquals("n"u8) => Field.Choices,
        _ when _body.Json.ValueTextEquals("service_tier"u8) => Field.ServiceTier,
        _ when _body.Json.ValueTextEquals("modalities"u8) => Field.Modalities,
        _ when _body.Json.ValueTextEquals("web_search_options"u8) || _body.Json.ValueTextEquals("prediction"u8) || _body.Json.ValueTextEquals("best_of"u8) => Field.Unboundable,
        _ => Field.Other,
    };

    private void ReadField(Field field)
    {
        var name = field == Field.Unboundable ? _body.Json.GetString() : null;
        _body.Json.Read();
        var start = (int)_body.Json.TokenStartIndex;
        switch (field)
        {
            case Field.Model:
                _request.Model = _body.ReadModel(out var range);
                _request.ModelRange = range;
                break;
            case Field.Messages:
                ReadMessages();
                _request.MessagesRange = _body.RangeFrom(start);
                break;
            case Field.Tools:
                ReadTools();
                _request.ToolsRange = _body.RangeFrom(start);
                break;
            case Field.Stream:
                _request.Stream = _body.ReadBoolean("stream");
                break;
            case Field.StreamOptions:
                ReadStreamOptions();
                _request.StreamOptionsRange = _body.RangeFrom(start);
                break;
            case Field.MaxTokens:
                _request.MaxTokens = _body.ReadPositive("max_tokens");
                _request.MaxTokensRange = _body.RangeFrom(start);
                break;
            case Field.MaxCompletionTokens:
                _request.MaxCompletionTokens = _body.ReadPositive("max_completion_tokens");
                _request.MaxCompletionTokensRange = _body.RangeFrom(start);
                break;
            case Field.Choices:
                _request.Choices = (int)(_body.ReadPositive("n", MaxChoices) ?? 1);
                break;
            case Field.ServiceTier:
                _body.RefuseUnless("service_tier", "auto", "default", "flex");
                break;
            case Field.Modalities:
                ReadModalities();
                break;
            case Field.Unboundable:
                _body.RefuseUnlessNull(name!);
                break;
            default:
                _body.Json.Skip();
                break;
        }
    }

    private void ReadMessages()
    {
        if (_body.Json.TokenType != JsonTokenType.StartArray)
        {
            _body.Refuse(ApiError.Malformed("'messages' must be an array.", "messages"));
            _body.Json.Skip();
            return;
        }

        while (_body.Json.Read() && _body.Json.TokenType != JsonTokenType.EndArray)
        {
            if (_body.Json.TokenType == JsonTokenType.StartObject)
            {
                ReadMessage();
            }
            else
            {
                _body.Refuse(ApiError.Malformed("Each of 'messages' must be an object.", "messages"));
                _body.Json.Skip();
            }
        }
    }

    private void ReadMessage()
    {
        while (_body.Json.Read() && _body.Json.TokenType == JsonTokenType.PropertyName)
        {
            var isContent = _body.Json.ValueTextEquals("content"u8);
            var isAudio = _body.Json.ValueTextEquals("audio"u8);
            _body.Json.Read();
            if (isAudio && _body.Json.TokenType != JsonTokenType.Null)
            {
                _body.Refuse(UnboundedContent("audio"));
            }

            if (isContent && _body.Json.TokenType == JsonTokenType.StartArray)
            {
                ReadParts();
            }
            else
            {
                // A string, null, or something that the provider will refuse: its bytes bound it.
                _body.Json.Skip();
            }
        }
    }

    private void ReadParts()
    {
        while (_body.Json.Read() && _body.Json.TokenType != JsonTokenType.EndArray)
        {
            if (_body.Json.TokenType == JsonTokenType.StartObject)
            {
                ReadPart();
            }
            else
            {
                _body.Json.Skip();
            }
        }
    }

    private void ReadPart()
    {
        var (types, images) = (0, 0);
        string? type = null, other = null;
        while (_body.NextName())
        {
            var isType = _body.Json.ValueTextEquals("type"u8);
            var isImage = _body.Json.ValueTextEquals("image_url"u8);
            var name = isType || isImage || IsText() ? null : _body.Json.GetString();
            _body.Json.Read();
            if (isType)
            {
                types++;
                type = _body.ReadText();
            }
            else if (isImage && _body.Json.TokenType != JsonTokenType.Null)
            {
                images++;
                ReadImage();
            }
            else
            {
                other ??= _body.Json.TokenType == JsonTokenType.Null ? null : name;
                _body.Json.Skip();
            }
        }

        var isKnown = type switch { "image_url" => images == 1, null or "text" or "refusal" => images == 0, _ => false };
        if (other is not null || !isKnown || types > 1)
        {
            _body.Refuse(UnboundedContent(other ?? (isKnown || images == 0 ? type : null) ?? "image_url"));
        }

        _request.Images += images;
    }

    private readonly bool IsText() =>
        _body.Json.ValueTextEquals("text"u8) || _body.Json.ValueTextEquals("refusal"u8) || _body.Json.ValueTextEquals("cache_control"u8);

    /// <summary>An address, or the image itself; neither is text. An image counts what its model's provider publishes, however it is sent.</summary>
    private void ReadImage()
    {
        if (_body.Json.TokenType != JsonTokenType.StartObject)
        {
            _body.Refuse(ApiError.Malformed("'image_url' must be an object with a 'url'.", "messages"));
            _body.Json.Skip();
            return;
        }

        while (_body.NextName())
        {
            var isUrl = _body.Json.ValueTextEquals("url"u8);
            var isDetail = _body.Json.ValueTextEquals("detail"u8);
            _body.Json.Read();
            if (isDetail)
            {
                _body.RefuseUnless("detail", "auto", "low", "high");
                continue;
            }

            if (isUrl && _body.Json.TokenType == JsonTokenType.String && _body.Json.ValueSpan.StartsWith("data:"u8))
            {
                if (!_body.Json.ValueSpan.StartsWith("data:image/"u8))
                {
                    _body.Refuse(UnboundedContent("data: that is no image"));
                }

                _request.BytesBesideText += _body.Json.ValueSpan.Length;
            }

            _body.Json.Skip();
        }
    }

    /// <summary>Tools of the caller's own are text. Others run at the provider, which bills them apart.</summary>
    private void ReadTools()
    {
        if (_body.Json.TokenType != JsonTokenType.StartArray)
        {
            _body.Json.Skip();
            return;
        }

        while (_body.Json.Read() && _body.Json.TokenType != JsonTokenType.EndArray)
        {
            if (_body.Json.TokenType != JsonTokenType.StartObject)
            {
                _body.Json.Skip();
                continue;
            }

            while (_body.NextName())
            {
                var isType = _body.Json.ValueTextEquals("type"u8);
                _body.Json.Read();
                if (isType && _body.Json.TokenType == JsonTokenType.String && !_body.Json.ValueTextEquals("function"u8) && !_body.Json.ValueTextEquals("custom"u8))
                {
                    _body.Refuse(ApiError.Unbounded(
                        $"Tools of type '{BodyReader.Quote(_body.Json.GetString())}' run at the provider and are billed apart, so they are not served. Send tools of type function.", "tools"));
                }

                _body.Json.Skip();
            }
        }
    }

    private static ApiError UnboundedContent(string kind) => ApiError.Unbounded(
        $"Content of type '{BodyReader.Quote(kind)}' cannot be bounded in cost, so it is not served. Send text or images.", "messages");

    private void ReadStreamOptions()
    {
        if (_body.Json.TokenType != JsonTokenType.StartObject)
        {
            if (_body.Json.TokenType != JsonTokenType.Null)
            {
                _body.Refuse(ApiError.Malformed("'stream_options' must be an object.", "stream_options"));
            }

            _body.Json.Skip();
            return;
        }

        _request.StreamOptionsIsObject = true;
        _request.StreamOptionsIsEmpty = true;
        while (_body.Json.Read() && _body.Json.TokenType == JsonTokenType.PropertyName)
        {
            _request.StreamOptionsIsEmpty = false;
            var isUsage = _body.Json.ValueTextEquals("include_usage"u8);
            _body.Json.Read();
            if (!isUsage)
            {
                _body.Json.Skip();
                continue;
            }

            if (_request.IncludeUsageRange is not null)
            {
                _body.Refuse(ApiError.Malformed("The field 'include_usage' stands there twice.", "stream_options"));
            }

            var start = (int)_body.Json.TokenStartIndex;
            _request.UsageAsked = _body.ReadBoolean("stream_options.include_usage");
            _request.IncludeUsageRange = _body.RangeFrom(start);
        }
    }

    private void ReadModalities()
    {
        if (_body.Json.TokenType != JsonTokenType.StartArray)
        {
            _body.Json.Skip();
            return;
        }

        while (_body.Json.Read() && _body.Json.TokenType != JsonTokenType.EndArray)
        {
            if (_body.Json.TokenType != JsonTokenType.String || !_body.Json.ValueTextEquals("text"u8))
            {
                _body.Refuse(ApiError.Unbounded("Only the modality 'text' is served.", "modalities"));
            }

            _body.Json.Skip();
        }
    }
}
