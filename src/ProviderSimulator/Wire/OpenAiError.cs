using System.Text.Json;
using Platform.ProviderSimulator.Faults;

namespace Platform.ProviderSimulator.Wire;

/// <summary>An error in OpenAI's shape: <c>{"error": {"message", "type", "param", "code"}}</c>.</summary>
internal sealed record OpenAiError(int Status, string Message, string Type, string? Param = null, string? Code = null) : ProviderError(Status, Message)
{
    public static readonly OpenAiError MissingKey = new(
        StatusCodes.Status401Unauthorized,
        "You didn't provide an API key. Provide it in an Authorization header using Bearer auth.",
        "invalid_request_error",
        Code: "invalid_api_key");

    public static OpenAiError BadRequest(string message, string? param = null, string? code = null) =>
        new(StatusCodes.Status400BadRequest, message, "invalid_request_error", param, code);

    public static OpenAiError UnknownModel(string model) => new(
        StatusCodes.Status404NotFound,
        $"The model `{model}` does not exist or you do not have access to it.",
        "invalid_request_error",
        "model",
        "model_not_found");

    /// <summary>As servers say it that take no field which they do not know.</summary>
    public static OpenAiError Unexpected(string field) =>
        new(StatusCodes.Status422UnprocessableEntity, $"body.{field}: Extra inputs are not permitted", "invalid_request_error", field, "extra_forbidden");

    /// <summary>The error that a fault of this status shows, with OpenAI's type for it.</summary>
    public static OpenAiError Fault(int status) => status switch
    {
        StatusCodes.Status429TooManyRequests =>
            new(status, "Rate limit reached for requests.", "requests", Code: "rate_limit_exceeded"),
        StatusCodes.Status503ServiceUnavailable =>
            new(status, "The engine is currently overloaded, please try again later.", "service_unavailable_error"),
        >= 500 => new(status, "The server had an error while processing your request.", "server_error"),
        _ => new(status, $"Simulated error {status}.", "invalid_request_error"),
    };

    public static OpenAiError Refusal(Refusal refusal) => refusal == Faults.Refusal.ContextLength
        ? BadRequest("This model's maximum context length is 128000 tokens. Please reduce the length of the messages.", "messages", "context_length_exceeded")
        : BadRequest("The request was rejected as a result of the safety system.", null, "content_policy_violation");

    public override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("error");
        writer.WriteString("message", Message);
        writer.WriteString("type", Type);
        writer.WriteString("param", Param);
        writer.WriteString("code", Code);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
