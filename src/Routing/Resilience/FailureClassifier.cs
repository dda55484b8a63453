using System.Text.Json;
using Platform.Routing.Policies;

namespace Platform.Routing.Resilience;

/// <summary>
/// What kind of failure a provider's error is, by its status and by what OpenAI, Azure and Anthropic write into <c>error</c>. The kinds divide by money too:
/// of a <see cref="FailureKinds.Timeout"/> nobody knows whether it is billed; all others are taken as unbilled.
/// </summary>
internal static class FailureClassifier
{
    /// <summary>True when something between the gateway and the provider gave up, so that the provider may have generated, and will bill it.</summary>
    public static bool IsOutcomeUnknown(int status) => status is 408 or 502 or 504;

    /// <param name="body">Whole; empty when there is none. Never throws, whatever the bytes.</param>
    public static FailureKinds Classify(int status, ReadOnlySpan<byte> body) => status switch
    {
        _ when IsOutOfCredit(status, body) => FailureKinds.Misconfigured,
        429 => FailureKinds.RateLimit,
        _ when IsOutcomeUnknown(status) => FailureKinds.Timeout,
        >= 500 => FailureKinds.ServerError,
        400 or 413 or 422 => ClassifyRefusal(status, body),
        401 or 407 => FailureKinds.Misconfigured,
        403 => ClassifyForbidden(body),
        // Groq has no capacity for its flex tier (https://console.groq.com/docs/flex-processing).
        498 => FailureKinds.RateLimit,
        404 => KnowsNoSuchModel(body) ? FailureKinds.Misconfigured : FailureKinds.None,
        _ => FailureKinds.None,
    };

    /// <summary>
    /// True when the account behind the gateway's key has nothing left to pay with: waiting does not help, an operator must pay in. DeepSeek, OpenRouter and Anthropic say so by 402, OpenAI by a
    /// code of 429 or 400 whose message is also that of ordinary limits elsewhere, Anthropic also by the message of a 400.
    /// </summary>
    /// <param name="body">As for <see cref="Classify"/>.</param>
    public static bool IsOutOfCredit(int status, ReadOnlySpan<byte> body)
    {
        if (status is not (400 or 403 or 429))
        {
            return status == 402;
        }

        var error = ReadError(body);
        return error.Code is "insufficient_quota" or "billing_hard_limit_reached" or "billing_not_active" or "billing_error" 
            // From its beginning: what a caller sent may stand further on in a message.
            || error.Message.StartsWith("Your credit balance is too low", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Some providers answer 403 to content that they moderate; all others mean the key.</summary>
    private static FailureKinds ClassifyForbidden(ReadOnlySpan<byte> body)
    {
        var error = ReadError(body);
        return IsContentPolicy(error) || Says(error.Message, "moderation") || Says(error.Message, "flagged") ? FailureKinds.ContentPolicy : FailureKinds.Misconfigured;
    }

    /// <summary>Or nothing at its address speaks the interface at all. What a caller names besides the model, such as a file, may be missing too: that is theirs.</summary>
    private static bool KnowsNoSuchModel(ReadOnlySpan<byte> body)
    {
        var error = ReadError(body);
        return error is { Code.Length: 0, Message.Length: 0 } || error.Code is "model_not_found" or "DeploymentNotFound"
            || (Says(error.Message, "model") && (Says(error.Message, "not found") || Says(error.Message, "does not exist"))) || error.Message.StartsWith("model:", StringComparison.Ordinal);
    }

    private static FailureKinds ClassifyRefusal(int status, ReadOnlySpan<byte> body)
    {
        var error = ReadError(body);
        if (error.Code is "context_length_exceeded" or "string_above_max_length" or "request_too_large"
            || Says(error.Message, "maximum context length") || Says(error.Message, "prompt is too long") || Says(error.Message, "exceed context limit")
            || (status == 413 && error.Code.Length == 0))
        {
            return FailureKinds.ContextLength;
        }

        return IsContentPolicy(error) ? FailureKinds.ContentPolicy : FailureKinds.None;
    }

    private static bool IsContentPolicy((string Code, string Message) error) =>
        error.Code is "content_filter" or "content_policy_violation" or "ResponsibleAIPolicyViolation" || Says(error.Message, "content filtering policy")
        || Says(error.Message, "content management policy");

    private static bool Says(string message, string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);

    /// <summary>The error's code (else its type) and message; empty where the body is no such thing.</summary>
    private static (string Code, string Message) ReadError(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return ("", "");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isError = reader.ValueTextEquals("error"u8);
                reader.Read();
                if (isError && reader.TokenType == JsonTokenType.StartObject)
                {
                    return ReadFields(ref reader);
                }

                reader.Skip();
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Below: a provider may write what it likes.
        }

        return ("", "");
    }

    private static (string Code, string Message) ReadFields(ref Utf8JsonReader reader)
    {
        var (code, type, message) = ("", "", "");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isCode = reader.ValueTextEquals("code"u8);
            var isType = reader.ValueTextEquals("type"u8);
            var isMessage = reader.ValueTextEquals("message"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
            {
                code = isCode ? reader.GetString()! : code;
                type = isType ? reader.GetString()! : type;
                message = isMessage ? reader.GetString()! : message;
            }

            reader.Skip();
        }

        return (code.Length > 0 ? code : type, message);
    }
}
