using System.Text.Json;
using System.Text.Unicode;
using Platform.Contracts;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes;

/// <summary>Reads the body of one kind of request; run by <see cref="BodyReader.Read"/>.</summary>
internal interface IRequestReader
{
    /// <summary>Null, or the first thing that is wrong.</summary>
    /// <exception cref="JsonException">The body is no JSON.</exception>
    /// <exception cref="InvalidOperationException">It holds text that is no Unicode.</exception>
    ApiError? Read();
}

/// <summary>
/// What the readers of all shapes share: one pass over a body's bytes, of which the first thing that is wrong is remembered. It refuses what could be
/// misunderstood: text that is no Unicode, a field of a wrong kind.
/// </summary>
internal ref struct BodyReader(byte[] body)
{
    /// <summary>That of <see cref="Utf8JsonReader"/>.</summary>
    private const int Deepest = 64;

    /// <summary>Stands at the value or name that is to be read.</summary>
    public Utf8JsonReader Json = new(body);

    /// <summary>The first thing that is wrong; null so far.</summary>
    public ApiError? Error { get; private set; }

    /// <summary>Null when the request is well formed and can be bounded, else what is wrong with it: what its reader says, or that the body is no JSON or no Unicode.</summary>
    public static ApiError? Read<T>(T reader)
        where T : IRequestReader, allows ref struct
    {
        try
        {
            return reader.Read();
        }
        catch (InvalidOperationException)
        {
            return ApiError.Malformed("The body holds text that is no valid Unicode (half of a surrogate pair).");
        }
        catch (JsonException exception)
        {
            var place = $"(line {exception.LineNumber + 1}, byte {exception.BytePositionInLine})";
            return ApiError.Malformed(IsTooDeep(exception) ? $"The body is nested more than {Deepest} levels deep {place}. Lay it out flatter." : $"The body is not valid JSON {place}.");
        }
    }

    /// <summary>Sound JSON that is not read on. The reader tells it from what is none by its words alone.</summary>
    private static bool IsTooDeep(JsonException exception) => exception.Message.Contains("maximum configured depth", StringComparison.Ordinal);

    /// <summary>Text of the caller as a message may quote it.</summary>
    public static string Quote(string? text) => Validation.Shown(text ?? "", 50);

    public void Refuse(ApiError error) => Error ??= error;

    /// <summary>
    /// Steps into the body; false when it is no object, or no UTF-8. Servers that take other bytes put a character of three bytes in the place of each, so that neither text nor names would be what is counted here.
    /// </summary>
    public bool Begin()
    {
        if (!Utf8.IsValid(body))
        {
            Refuse(ApiError.Malformed("The body holds bytes that are no valid UTF-8. Send JSON in UTF-8."));
            return false;
        }

        if (body.AsSpan().StartsWith("\uFEFF"u8))
        {
            Refuse(ApiError.Malformed("The body begins with a byte order mark, which JSON has none of. Send it in UTF-8 without one."));
            return false;
        }

        if (body.AsSpan().IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            Refuse(ApiError.Malformed("The body is empty. Send the request in it, as a JSON object."));
            return false;
        }

        if (Json.Read() && Json.TokenType == JsonTokenType.StartObject)
        {
            return true;
        }

        Refuse(ApiError.Malformed("The body must be a JSON object."));
        return false;
    }

    /// <summary>Steps to the next name within an object; false at its end.</summary>
    public bool NextName() => Json.Read() && Json.TokenType == JsonTokenType.PropertyName;

    /// <summary>Ends the pass over the object that was begun, and says where its closing brace stands.</summary>
    public int End()
    {
        var brace = (int)Json.TokenStartIndex;
        Json.Read();
        return brace;
    }

    public readonly ByteRange RangeFrom(int start) => new(start, (int)Json.BytesConsumed);

    /// <summary>The text of the value, which is skipped; null when it is none.</summary>
    public string? ReadText()
    {
        var text = Json.TokenType == JsonTokenType.String ? Json.GetString() : null;
        Json.Skip();
        return text;
    }

    /// <summary>The name of a model, which must be there: empty when the value is none.</summary>
    public string ReadModel(out ByteRange range)
    {
        var start = (int)Json.TokenStartIndex;
        var model = ReadText() ?? "";
        range = RangeFrom(start);
        return model;
    }

    /// <summary>At the body's end: refuses a request without the name of a model; false then.</summary>
    /// <param name="model">Empty where the value is none; see <see cref="ReadModel"/>.</param>
    /// <param name="isGiven">Whether there is a field of this name.</param>
    public bool RequireModel(string model, bool isGiven)
    {
        if (model.Length == 0)
        {
            Refuse(ApiError.Malformed(
                (isGiven ? "'model' must be a string: the name of a model." : "'model' is missing: name the model that is to serve this.") + " GET /v1/models lists those that there are.", "model"));
        }

        return model.Length > 0;
    }

    public bool ReadBoolean(string name)
    {
        if (Json.TokenType is not (JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null))
        {
            Refuse(ApiError.Malformed($"'{name}' must be true or false.", name));
        }

        var value = Json.TokenType == JsonTokenType.True;
        Json.Skip();
        return value;
    }

    /// <summary>Steps into content that is an array; false when it is none. Then text and null are skipped, and all else refused: a server may take an object for the only part, which nobody here has looked at.</summary>
    public bool BeginContent()
    {
        if (Json.TokenType == JsonTokenType.StartArray)
        {
            return true;
        }

        if (Json.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
        {
            Refuse(ApiError.Malformed("'content' must be a text or an array.", "messages"));
        }

        Json.Skip();
        return false;
    }

    /// <summary>
    /// Steps into an array; false when it is none. Then null is skipped, and all else refused: a server may take what is no array for its only element, which nobody here has looked at.
    /// </summary>
    public bool BeginArray(string name)
    {
        if (Json.TokenType == JsonTokenType.StartArray)
        {
            return true;
        }

        if (Json.TokenType != JsonTokenType.Null)
        {
            Refuse(ApiError.Malformed($"'{name}' must be an array.", name));
        }

        Json.Skip();
        return false;
    }

    /// <summary>Steps to the next element, each of which must be an object; false at the array's end. Others are refused: a server may know a name that stands alone, such as a tool's.</summary>
    public bool NextObject(string name)
    {
        while (Json.Read() && Json.TokenType != JsonTokenType.EndArray)
        {
            if (Json.TokenType == JsonTokenType.StartObject)
            {
                return true;
            }

            Refuse(ApiError.Malformed($"Each of '{name}' must be an object.", name));
            Json.Skip();
        }

        return false;
    }

    /// <summary>Null when the value is null, or wrong and refused.</summary>
    public long? ReadPositive(string name, long atMost = long.MaxValue) => ReadWhole(name, 1, atMost);

    /// <summary>A whole number; null when it is null, or none such, which is refused.</summary>
    public long? ReadWhole(string name, long atLeast, long atMost = long.MaxValue)
    {
        if (Json.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (Json.TokenType == JsonTokenType.Number && Json.TryGetInt64(out var value) && value >= atLeast && value <= atMost)
        {
            return value;
        }

        Refuse(ApiError.Malformed(
            atMost < long.MaxValue ? $"'{name}' must be a whole number from {atLeast} to {atMost}." : atLeast > 0 ? $"'{name}' must be a whole number above 0." : $"'{name}' must be a whole number, 0 or above.", name));
        Json.Skip();
        return null;
    }

    /// <summary>At a name that its reader does not know: refuses one that a server may take for a name that the reader looks for.</summary>
    public void Guard(FieldNames names)
    {
        if (names.Look(in Json).Name is { } known)
        {
            RefuseSpelling(known);
        }
    }

    /// <summary>
    /// Skips a field, name and value, that its reader does not know, unless <see cref="FieldNames"/> watches for it: then it is refused, or noted for the targets that may take it. Of what is not served null,
    /// false and an empty list ask for nothing, and a number of answers that is 1 for no more than is bounded.
    /// </summary>
    public void SkipUnknown(FieldNames names, CallRequest request)
    {
        var watched = names.Look(in Json);
        if (watched is { Name: { } known, Unbounded: null })
        {
            RefuseSpelling(known);
        }

        var written = watched.Unbounded is null ? "" : Json.GetString()!;
        Json.Read();
        if (watched.Unbounded is { } why && !AsksForNothing() && !(UnservedFields.IsServedAsOne(why) && IsOne()))
        {
            if (UnservedFields.IsAllowable(why))
            {
                request.AddUnserved(watched.Name!, ApiError.Unserved(Quote(written), why, watched.Name!));
            }
            else
            {
                Refuse(ApiError.Unbounded($"'{Quote(written)}' {why}.", Quote(written)));
            }
        }

        Json.Skip();
    }

    /// <summary>At a value: null, false or an empty list.</summary>
    public readonly bool AsksForNothing()
    {
        var ahead = Json;
        return ahead.TokenType is JsonTokenType.Null or JsonTokenType.False || (ahead.TokenType == JsonTokenType.StartArray && ahead.Read() && ahead.TokenType == JsonTokenType.EndArray);
    }

    private readonly bool IsOne() => Json.TokenType == JsonTokenType.Number && Json.TryGetInt64(out var number) && number == 1;

    private void RefuseSpelling(string known) =>
        Refuse(ApiError.Malformed($"Some servers take '{Quote(Json.GetString())}' for '{known}'. Write '{known}', and once.", known));

    /// <summary>A text that decides on a price: null and the allowed ones pass. Empty when it is null, or refused.</summary>
    public string RefuseUnless(string name, params ReadOnlySpan<string> allowed)
    {
        if (Json.TokenType == JsonTokenType.Null)
        {
            return "";
        }

        if (ReadText() is { } value && allowed.Contains(value))
        {
            return value;
        }

        Refuse(ApiError.Unbounded($"Only {name} {string.Join(", ", allowed!)} is served: others are dearer than the price book.", name));
        return "";
    }
}
