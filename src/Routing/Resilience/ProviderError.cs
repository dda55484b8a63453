using System.Text.Json;
using Platform.Routing.Shapes;

namespace Platform.Routing.Resilience;

/// <summary>
/// What a provider's error says, in the shapes of those who run models: <c>{"error": {"message", "type", "code"}}</c> as OpenAI, Azure, Anthropic and most others say it, in a list at Gemini's
/// compatible route; <c>{"object": "error", "message", "type"}</c> at Mistral and older vLLM; <c>{"code": "…", "error": "…"}</c> at xAI. What load balancers and gateways say of their own (a page, a plain
/// word, <c>{"message": "…"}</c>) is none of them.
/// </summary>
/// <param name="Code">The error's code, else its type; empty where it has none.</param>
/// <param name="Message">Empty where it has none.</param>
/// <param name="HasGenerated">It shows what the model wrote, which was of no use: Groq's <c>failed_generation</c>.</param>
/// <param name="Status">A code that is a number, as OpenRouter and vLLM say it; 0 where it is none.</param>
internal readonly record struct ProviderError(string Code, string Message, bool HasGenerated = false, int Status = 0)
{
    public static readonly ProviderError None = new("", "");

    /// <summary>A proxy has it from Azure.</summary>
    public bool IsAzures { get; init; }

    /// <summary>A proxy says that it lost its own provider: these are its words, and its provider has said nothing.</summary>
    public bool IsLost { get; init; }

    /// <summary>True when whoever runs the model has said it.</summary>
    public bool IsTheirs => Code.Length + Message.Length > 0;

    /// <summary>As whoever runs the model said it, out of what a proxy before it may have made of that (<see cref="RelayedError"/>).</summary>
    /// <param name="body">Whole; never throws, whatever the bytes.</param>
    public static ProviderError Read(ReadOnlySpan<byte> body) => RelayedError.Unwrap(ReadPlain(body));

    /// <summary>As it stands there.</summary>
    public static ProviderError ReadPlain(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = AnswerJson.Reader(body);
            if (!reader.Read())
            {
                return None;
            }

            if (reader.TokenType == JsonTokenType.StartArray)
            {
                reader.Read();
            }

            return reader.TokenType == JsonTokenType.StartObject ? ReadAnswer(ref reader) : None;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // A provider, or what stands before it, may write what it likes.
            return None;
        }
    }

    private static ProviderError ReadAnswer(ref Utf8JsonReader reader)
    {
        var (isError, code, type, message, word, status) = (false, "", "", "", "", 0);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isErrorField = reader.ValueTextEquals("error"u8);
            var isObject = reader.ValueTextEquals("object"u8);
            var isCode = reader.ValueTextEquals("code"u8);
            var isType = reader.ValueTextEquals("type"u8);
            var isMessage = reader.ValueTextEquals("message"u8);
            reader.Read();
            if (isErrorField && reader.TokenType == JsonTokenType.StartObject)
            {
                return ReadFields(ref reader);
            }

            status = isCode ? NumberOf(ref reader, status) : status;
            if (reader.TokenType == JsonTokenType.String && (isErrorField || isObject || isCode || isType || isMessage))
            {
                var text = reader.GetString()!;
                isError |= isObject && text == "error";
                (word, code, type, message) = isErrorField ? (text, code, type, message)
                    : isCode ? (word, text, type, message)
                    : isType ? (word, code, text, message)
                    : isMessage ? (word, code, type, text)
                    : (word, code, type, message);
            }

            reader.Skip();
        }

        return isError ? new ProviderError(code.Length > 0 ? code : type, message, Status: status)
            : word.Length > 0 && code.Length > 0 ? new ProviderError(code, word)
            : None;
    }

    private static ProviderError ReadFields(ref Utf8JsonReader reader)
    {
        var (code, type, message, hasGenerated, status) = ("", "", "", false, 0);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isCode = reader.ValueTextEquals("code"u8);
            var isType = reader.ValueTextEquals("type"u8);
            var isMessage = reader.ValueTextEquals("message"u8);
            var isGenerated = reader.ValueTextEquals("failed_generation"u8);
            reader.Read();
            status = isCode ? NumberOf(ref reader, status) : status;
            hasGenerated |= isGenerated && reader.TokenType != JsonTokenType.Null;
            if (reader.TokenType == JsonTokenType.String)
            {
                code = isCode ? reader.GetString()! : code;
                type = isType ? reader.GetString()! : type;
                message = isMessage ? reader.GetString()! : message;
            }

            reader.Skip();
        }

        return new ProviderError(code.Length > 0 ? code : type, message, hasGenerated, status);
    }

    private static int NumberOf(ref Utf8JsonReader reader, int otherwise) => reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) ? number : otherwise;
}
