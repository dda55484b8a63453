using System.Text.Json;
using Platform.ProviderSimulator.Faults;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Messages;

/// <summary><c>POST /v1/messages</c> as Anthropic speaks it.</summary>
internal sealed class MessagesShape : Shape
{
    public const string VersionHeader = "anthropic-version";

    private const string KeyHeader = "x-api-key";

    public override ProviderError MissingKey => AnthropicError.MissingKey;

    public override ProviderError StreamError => AnthropicError.Fault(AnthropicError.Overloaded);

    public override string? ReadKey(HttpRequest request) => ApiKey.ReadHeader(request, KeyHeader) ?? ApiKey.ReadBearer(request);

    public override (ModelRequest? Request, ProviderError? Error) Read(HttpRequest http, JsonElement body) =>
        http.Headers.ContainsKey(VersionHeader) ? MessagesRequest.Read(body) : (null, BadRequest($"{VersionHeader}: header is required"));

    public override ProviderError BadRequest(string message) => AnthropicError.BadRequest(message);

    public override ProviderError Fault(int status) => AnthropicError.Fault(status);

    public override ProviderError Refusal(Refusal refusal) => AnthropicError.Refusal(refusal);

    public override StreamEvents Stream(Call call) => new MessageEvents(call);

    public override void WritePlain(Utf8JsonWriter writer, Call call)
    {
        writer.WriteStartObject();
        WriteHead(writer, call);
        writer.WriteStartArray("content"u8);
        if (call.Request.MaxTokens != 0)
        {
            WriteContent(writer, call);
        }
        writer.WriteEndArray();
        writer.WriteString("stop_reason"u8, StopReason(call));
        writer.WriteNull("stop_sequence"u8);
        MessagesUsage.Write(writer, call, call.OutputTokens);
        writer.WriteEndObject();
    }

    private static void WriteContent(Utf8JsonWriter writer, Call call)
    {
        var said = call.Request.Speech.All(call.ShownTokens);
        writer.WriteStartObject();
        if (call.Request.Tool is null)
        {
            writer.WriteString("type"u8, "text"u8);
            writer.WriteString("text"u8, said);
        }
        else
        {
            WriteToolUse(writer, call);
            writer.WritePropertyName("input"u8);
            writer.WriteRawValue(call.IsCapped ? "{}"u8 : said);
        }
        writer.WriteEndObject();
    }

    /// <summary>What a message begins with, also in a stream.</summary>
    public static void WriteHead(Utf8JsonWriter writer, Call call)
    {
        writer.WriteString("id"u8, $"msg_{call.Id}");
        writer.WriteString("type"u8, "message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        writer.WriteString("model"u8, call.Request.Model);
    }

    public static void WriteToolUse(Utf8JsonWriter writer, Call call)
    {
        writer.WriteString("type"u8, "tool_use"u8);
        writer.WriteString("id"u8, $"toolu_{call.Id}");
        writer.WriteString("name"u8, call.Request.Tool);
    }

    public static string StopReason(Call call) => call.IsCapped ? "max_tokens" : call.Request.Tool is null ? "end_turn" : "tool_use";
}
