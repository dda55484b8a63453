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
    private Utf8JsonReader _json;
    private ApiError? _error;
    private Field _seen;

    private ChatRequestReader(byte[] body)
    {
        _request = new ChatRequest(body);
        _json = new Utf8JsonReader(body);
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
            return ApiError.Malformed("The body holds text that is no valid Unicode (half of a surrogate pair).");
        }
        catch (JsonException exception)
        {
            return ApiError.Malformed($"The body is not valid JSON (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine}).");
        }

        return reader._error;
    }

    private void ReadRequest()
    {
        if (!_json.Read() || _json.TokenType != JsonTokenType.StartObject)
        {
            _error = ApiError.Malformed("The body must be a JSON object.");
            return;
        }

        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var field = ReadFieldName();
            if (field != Field.Other && (_seen & field) != 0)
            {
                Refuse(ApiError.Malformed($"The field '{_json.GetString()}' stands there twice."));
            }

            _seen |= field;
            ReadField(field);
        }

        _request.ClosingBrace = (int)_json.TokenStartIndex;
        _json.Read();
        if (_request.Model.Length == 0)
        {
            Refuse(ApiError.Malformed("'model' must be a string.", "model"));
        }
        else if ((_seen & Field.Messages) == 0)
        {
            Refuse(ApiError.Malformed("'messages' is missing.", "messages"));
        }
    }

    private readonly Field ReadFieldName() => 0 switch
    {
        _ when _json.ValueTextEquals("model"u8) => Field.Model,
        _ when _json.ValueTextEquals("messages"u8) => Field.Messages,
        _ when _json.ValueTextEquals("tools"u8) => Field.Tools,
        _ when _json.ValueTextEquals("stream"u8) => Field.Stream,
        _ when _json.ValueTextEquals("stream_options"u8) => Field.StreamOptions,
        _ when _json.ValueTextEquals("max_tokens"u8) => Field.MaxTokens,
        _ when _json.ValueTextEquals("max_completion_tokens"u8) => Field.MaxCompletionTokens,
        _ when _json.ValueTextEquals("n"u8) => Field.Choices,
        _ when _json.ValueTextEquals("service_tier"u8) => Field.ServiceTier,
        _ when _json.ValueTextEquals("modalities"u8) => Field.Modalities,
        _ when _json.ValueTextEquals("web_search_options"u8) || _json.ValueTextEquals("prediction"u8) || _json.ValueTextEquals("best_of"u8) => Field.Unboundable,
        _ => Field.Other,
    };

    private void ReadField(Field field)
    {
        var name = field == Field.Unboundable ? _json.GetString() : null;
        _json.Read();
        var start = (int)_json.TokenStartIndex;
        switch (field)
        {
            case Field.Model:
                _request.Model = _json.TokenType == JsonTokenType.String ? _json.GetString()! : "";
                _json.Skip();
                _request.ModelRange = RangeFrom(start);
                break;
            case Field.Messages:
                ReadMessages();
                _request.MessagesRange = RangeFrom(start);
                break;
            case Field.Tools:
                _json.Skip();
                _request.ToolsRange = RangeFrom(start);
                break;
            case Field.Stream:
                _request.Stream = ReadBoolean("stream");
                break;
            case Field.StreamOptions:
                ReadStreamOptions();
                _request.StreamOptionsRange = RangeFrom(start);
                break;
            case Field.MaxTokens:
                _request.MaxTokens = ReadPositive("max_tokens", long.MaxValue);
                _request.MaxTokensRange = RangeFrom(start);
                break;
            case Field.MaxCompletionTokens:
                _request.MaxCompletionTokens = ReadPositive("max_completion_tokens", long.MaxValue);
                _request.MaxCompletionTokensRange = RangeFrom(start);
                break;
            case Field.Choices:
                _request.Choices = (int)(ReadPositive("n", MaxChoices) ?? 1);
                break;
            case Field.ServiceTier:
                ReadServiceTier();
                break;
            case Field.Modalities:
                ReadModalities();
                break;
            case Field.Unboundable:
                if (_json.TokenType != JsonTokenType.Null)
                {
                    Refuse(ApiError.Unbounded($"'{name}' can cost more than the request's size and output cap bound, so it is not served.", name));
                }

                _json.Skip();
                break;
            default:
                _json.Skip();
                break;
        }
    }

    private void ReadMessages()
    {
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            Refuse(ApiError.Malformed("'messages' must be an array.", "messages"));
            _json.Skip();
            return;
        }

        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType == JsonTokenType.StartObject)
            {
                ReadMessage();
            }
            else
            {
                Refuse(ApiError.Malformed("Each of 'messages' must be an object.", "messages"));
                _json.Skip();
            }
        }
    }

    private void ReadMessage()
    {
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var isContent = _json.ValueTextEquals("content"u8);
            var isAudio = _json.ValueTextEquals("audio"u8);
            _json.Read();
            if (isAudio && _json.TokenType != JsonTokenType.Null)
            {
                Refuse(UnboundedContent("audio"));
            }

            if (isContent && _json.TokenType == JsonTokenType.StartArray)
            {
                ReadParts();
            }
            else
            {
                // A string, null, or something that the provider will refuse: its bytes bound it.
                _json.Skip();
            }
        }
    }

    private void ReadParts()
    {
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType == JsonTokenType.StartObject)
            {
                ReadPart();
            }
            else
            {
                _json.Skip();
            }
        }
    }

    private void ReadPart()
    {
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var isType = _json.ValueTextEquals("type"u8);
            var isMedia = !isType && !_json.ValueTextEquals("text"u8) && !_json.ValueTextEquals("refusal"u8) && !_json.ValueTextEquals("cache_control"u8);
            var property = isMedia ? _json.GetString() : null;
            _json.Read();
            if (isMedia)
            {
                Refuse(UnboundedContent(property!));
            }
            else if (isType && _json.TokenType == JsonTokenType.String && !_json.ValueTextEquals("text"u8) && !_json.ValueTextEquals("refusal"u8))
            {
                Refuse(UnboundedContent(_json.GetString()!));
            }

            _json.Skip();
        }
    }

    private static ApiError UnboundedContent(string kind) => ApiError.Unbounded(
        $"Content of type '{(kind.Length <= 50 ? kind : kind[..50])}' cannot be bounded in cost yet, so it is not served. Send text.", "messages");

    private void ReadStreamOptions()
    {
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            if (_json.TokenType != JsonTokenType.Null)
            {
                Refuse(ApiError.Malformed("'stream_options' must be an object.", "stream_options"));
            }

            _json.Skip();
            return;
        }

        _request.StreamOptionsIsObject = true;
        _request.StreamOptionsIsEmpty = true;
        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            _request.StreamOptionsIsEmpty = false;
            var isUsage = _json.ValueTextEquals("include_usage"u8);
            _json.Read();
            if (!isUsage)
            {
                _json.Skip();
                continue;
            }

            if (_request.IncludeUsageRange is not null)
            {
                Refuse(ApiError.Malformed("The field 'include_usage' stands there twice.", "stream_options"));
            }

            var start = (int)_json.TokenStartIndex;
            _request.UsageAsked = ReadBoolean("stream_options.include_usage");
            _request.IncludeUsageRange = RangeFrom(start);
        }
    }

    private void ReadServiceTier()
    {
        if (_json.TokenType != JsonTokenType.Null
            && !(_json.TokenType == JsonTokenType.String && (_json.ValueTextEquals("auto"u8) || _json.ValueTextEquals("default"u8) || _json.ValueTextEquals("flex"u8))))
        {
            Refuse(ApiError.Unbounded("Only the service tiers auto, default and flex are served: others are dearer than the price book.", "service_tier"));
        }

        _json.Skip();
    }

    private void ReadModalities()
    {
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            _json.Skip();
            return;
        }

        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType != JsonTokenType.String || !_json.ValueTextEquals("text"u8))
            {
                Refuse(ApiError.Unbounded("Only the modality 'text' is served.", "modalities"));
            }

            _json.Skip();
        }
    }

    private bool ReadBoolean(string name)
    {
        if (_json.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
        {
            Refuse(ApiError.Malformed($"'{name}' must be true or false.", name));
        }

        var value = _json.TokenType == JsonTokenType.True;
        _json.Skip();
        return value;
    }

    private long? ReadPositive(string name, long atMost)
    {
        if (_json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (_json.TokenType == JsonTokenType.Number && _json.TryGetInt64(out var value) && value > 0 && value <= atMost)
        {
            return value;
        }

        Refuse(ApiError.Malformed(atMost == long.MaxValue ? $"'{name}' must be a whole number above 0." : $"'{name}' must be a whole number from 1 to {atMost}.", name));
        _json.Skip();
        return null;
    }

    private readonly ByteRange RangeFrom(int start) => new(start, (int)_json.BytesConsumed);

    /// <summary>The first thing that is wrong is the one that is told.</summary>
    private void Refuse(ApiError error) => _error ??= error;
}
