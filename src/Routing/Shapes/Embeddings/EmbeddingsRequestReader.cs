using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Embeddings;

/// <summary>Reads a request for embeddings in one pass over its bytes. Texts are bounded by their bytes, tokens by their number.</summary>
internal ref struct EmbeddingsRequestReader : IRequestReader
{
    private static readonly FieldNames Names = new(UnservedFields.OfEmbeddings, "model", "input");

    private readonly EmbeddingsRequest _request;
    private BodyReader _body;
    private bool _hasModel;
    private bool _hasInput;

    private EmbeddingsRequestReader(byte[] body)
    {
        _request = new EmbeddingsRequest(body);
        _body = new BodyReader(body);
    }

    /// <summary>Null when the request is well formed and can be bounded, else what is wrong with it.</summary>
    public static ApiError? TryRead(byte[] body, out EmbeddingsRequest request)
    {
        var reader = new EmbeddingsRequestReader(body);
        request = reader._request;
        return BodyReader.Read(reader);
    }

    public ApiError? Read()
    {
        ReadRequest();
        return _body.Error;
    }

    private void ReadRequest()
    {
        if (!_body.Begin())
        {
            return;
        }

        while (_body.NextName())
        {
            var isModel = _body.Json.ValueTextEquals("model"u8);
            var isInput = _body.Json.ValueTextEquals("input"u8);
            if ((isModel && _hasModel) || (isInput && _hasInput))
            {
                _body.Refuse(ApiError.Malformed($"The field '{_body.Json.GetString()}' stands there twice."));
            }

            _hasModel |= isModel;
            _hasInput |= isInput;
            if (!isModel && !isInput)
            {
                _body.SkipUnknown(Names, _request);
                continue;
            }

            _body.Json.Read();
            if (isModel)
            {
                _request.Model = _body.ReadModel(out var range);
                _request.ModelRange = range;
            }
            else
            {
                var start = (int)_body.Json.TokenStartIndex;
                ReadInput(depth: 0);
                _request.InputRange = _body.RangeFrom(start);
            }
        }

        _body.End();
        if (_body.RequireModel(_request.Model, _hasModel) && !_hasInput)
        {
            _body.Refuse(ApiError.Malformed("'input' is missing.", "input"));
        }
    }

    /// <summary>A text or an array of texts; an array of tokens or an array of those. A token that is written as its number is one, however many digits it has.</summary>
    private void ReadInput(int depth)
    {
        switch (_body.Json.TokenType)
        {
            case JsonTokenType.String:
                _body.Json.Skip();
                break;
            case JsonTokenType.Number when depth > 0:
                _request.BytesBesideText += _body.Json.ValueSpan.Length;
                _request.CountBesideText(1, 1);
                break;
            case JsonTokenType.StartArray when depth < 2:
                while (_body.Json.Read() && _body.Json.TokenType != JsonTokenType.EndArray)
                {
                    ReadInput(depth + 1);
                }

                break;
            default:
                _body.Refuse(ApiError.Unbounded("'input' is a text, texts, tokens or lists of tokens. Anything else cannot be bounded in cost, so it is not served.", "input"));
                _body.Json.Skip();
                break;
        }
    }
}
