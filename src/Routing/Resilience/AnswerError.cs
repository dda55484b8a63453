using System.Text.Json;
using Platform.Routing.Shapes;

namespace Platform.Routing.Resilience;

/// <summary>
/// An error under the status of a success. OpenRouter and other proxies answer 200 as soon as they have somebody to ask, and say what became of it in the body
/// (https://openrouter.ai/docs/api/reference/errors-and-debugging); a plain response of OpenAI's shape that failed is one too.
/// </summary>
internal static class AnswerError
{
    /// <summary>The status that the error means; null when the answer has none, or has output beside it. Never throws, whatever the bytes.</summary>
    /// <param name="body">Whole.</param>
    /// <param name="error">What it says.</param>
    public static int? StatusOf(ReadOnlySpan<byte> body, out ProviderError error)
    {
        // Quotes within text are escaped, so this name with its own is a name, or a value as short.
        if (body.IndexOf("\"error\""u8) < 0 || !IsError(body))
        {
            error = ProviderError.None;
            return null;
        }

        error = ProviderError.Read(body);
        return error.Status is >= 400 and <= 599 ? error.Status : StatusOf(error.Code);
    }

    /// <summary>By the words of Anthropic, OpenAI and those who took them over. One that says nothing else is the server's.</summary>
    private static int StatusOf(string code) => code switch
    {
        "rate_limit_error" or "rate_limit_exceeded" or "insufficient_quota" => 429,
        "invalid_request_error" or "context_length_exceeded" or "content_filter" or "content_policy_violation" or "invalid_prompt" => 400,
        "authentication_error" or "invalid_api_key" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" or "model_not_found" => 404,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => 500,
    };

    private static bool IsError(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = AnswerJson.Reader(body);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && IsError(ref reader);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // What is no answer at all is none with an error.
            return false;
        }
    }

    private static bool IsError(ref Utf8JsonReader reader)
    {
        var isError = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isErrorField = reader.ValueTextEquals("error"u8);
            var isObject = reader.ValueTextEquals("object"u8);
            var isOutput = reader.ValueTextEquals("choices"u8) || reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("output"u8) || reader.ValueTextEquals("data"u8);
            reader.Read();
            if (isOutput && HasSomething(ref reader))
            {
                return false;
            }

            isError |= (isErrorField && HasSomething(ref reader)) || (isObject && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("error"u8));
            reader.Skip();
        }

        return isError;
    }

    /// <summary>A text, an object or a list that is not empty. Null, false and figures are nothing.</summary>
    private static bool HasSomething(ref Utf8JsonReader reader)
    {
        var ahead = reader;
        return ahead.TokenType == JsonTokenType.String ? !ahead.ValueTextEquals(""u8)
            : ahead.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && ahead.Read() && ahead.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray);
    }
}
