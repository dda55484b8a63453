using System.Text.Json;
using Platform.ProviderSimulator.Faults;

namespace Platform.ProviderSimulator.Wire;

/// <summary>An error in Anthropic's shape: <c>{"type": "error", "error": {"type", "message"}}</c>.</summary>
internal sealed record AnthropicError(int Status, string Message, string Type) : ProviderError(Status, Message)
{
    public const int Overloaded = 529;

    public static readonly AnthropicError MissingKey = new(StatusCodes.Status401Unauthorized, "x-api-key header is required", "authentication_error");

    public static AnthropicError BadRequest(string message) => new(StatusCodes.Status400BadRequest, message, "invalid_request_error");

    public static AnthropicError UnknownModel(string model) => new(StatusCodes.Status404NotFound, $"model: {model}", "not_found_error");

    /// <summary>The error that a fault of this status shows, with Anthropic's type for it.</summary>
    public static AnthropicError Fault(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => new(status, "invalid x-api-key", "authentication_error"),
        StatusCodes.Status403Forbidden => new(status, "Your API key does not have permission to use the specified resource.", "permission_error"),
        StatusCodes.Status404NotFound => new(status, "Not found", "not_found_error"),
        StatusCodes.Status413PayloadTooLarge => new(status, "Request exceeds the maximum size", "request_too_large"),
        StatusCodes.Status429TooManyRequests => new(status, "This request would exceed your organization's rate limit.", "rate_limit_error"),
        Overloaded => new(status, "Overloaded", "overloaded_error"),
        >= 500 => new(status, "Internal server error", "api_error"),
        _ => new(status, $"Simulated error {status}.", "invalid_request_error"),
    };

    public static AnthropicError Refusal(Refusal refusal) => BadRequest(
        refusal == Faults.Refusal.ContextLength ? "prompt is too long: 210000 tokens > 200000 maximum" : "Output blocked by content filtering policy");

    public override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "error");
        writer.WriteStartObject("error");
        writer.WriteString("type", Type);
        writer.WriteString("message", Message);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
