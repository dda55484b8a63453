using System.Text.Json;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Faults;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Chat;

/// <summary><c>POST /v1/chat/completions</c> as OpenAI speaks it.</summary>
internal class ChatShape : Shape
{
    public override ProviderError MissingKey => OpenAiError.MissingKey;

    public override ProviderError StreamError => OpenAiError.Fault(StatusCodes.Status500InternalServerError);

    public override string? ReadKey(HttpRequest request) => ApiKey.ReadBearer(request);

    public override (ModelRequest? Request, ProviderError? Error) Read(HttpRequest http, JsonElement body) => ChatRequest.Read(body);

    public override ProviderError BadRequest(string message) => OpenAiError.BadRequest(message);

    public override ProviderError Fault(int status) => OpenAiError.Fault(status);

    public override ProviderError Refusal(Refusal refusal) => OpenAiError.Refusal(refusal);

    public override StreamEvents Stream(Call call) => new ChatChunks(call);

    public override void WritePlain(Utf8JsonWriter writer, Call call)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, IdOf(call));
        writer.WriteString("object"u8, "chat.completion"u8);
        writer.WriteNumber("created"u8, call.ReceivedAt.ToUnixTimeSeconds());
        writer.WriteString("model"u8, call.Request.Model);
        writer.WriteStartArray("choices"u8);
        writer.WriteStartObject();
        writer.WriteNumber("index"u8, 0);
        WriteMessage(writer, call);
        writer.WritePropertyName("logprobs"u8);
        Logprobs.Write(writer, (ChatRequest)call.Request, 0, call.ShownTokens);
        writer.WriteString("finish_reason"u8, FinishReason(call));
        writer.WriteEndObject();
        writer.WriteEndArray();
        if (call.Fault.Usage != UsageLie.Missing)
        {
            writer.WritePropertyName("usage"u8);
            ChatUsage.Write(writer, call.UsageOf(call.OutputTokens), call.Fault.Usage);
        }
        if (call.ServiceTier is { } tier)
        {
            writer.WriteString("service_tier"u8, tier);
        }
        writer.WriteString("system_fingerprint"u8, "fp_simulator"u8);
        writer.WriteEndObject();
    }

    public static string IdOf(Call call) => $"chatcmpl-{call.Id}";

    public static string ToolCallIdOf(Call call) => $"call_{call.Id}";

    public static string FinishReason(Call call) => call.IsCapped ? "length" : call.Request.Tool is null ? "stop" : "tool_calls";

    private static void WriteMessage(Utf8JsonWriter writer, Call call)
    {
        var said = call.Request.Speech.All(call.ShownTokens);
        writer.WriteStartObject("message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        if (call.Request.Tool is { } tool)
        {
            writer.WriteNull("content"u8);
            writer.WriteStartArray("tool_calls"u8);
            writer.WriteStartObject();
            writer.WriteString("id"u8, ToolCallIdOf(call));
            writer.WriteString("type"u8, "function"u8);
            writer.WriteStartObject("function"u8);
            writer.WriteString("name"u8, tool);
            writer.WriteString("arguments"u8, said);
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndArray();
        }
        else
        {
            writer.WriteString("content"u8, said);
        }
        writer.WriteNull("refusal"u8);
        writer.WriteEndObject();
    }
}
