using System.Buffers;
using System.Text.Json;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Generation;

namespace Platform.ProviderSimulator.Chat;

/// <summary>The answer in one JSON body.</summary>
internal static class PlainAnswer
{
    public static Task WriteAsync(HttpContext context, Call call, Invoice invoice)
    {
        // Billed first: an answer that the client has is never missing from the invoice, whatever happens to this process.
        invoice.Append(call.Bill(call.TokensBeforeEnd));
        if (call.IsCut)
        {
            context.Abort();
            return Task.CompletedTask;
        }
        var body = new ArrayBufferWriter<byte>(1536);
        using (var writer = new Utf8JsonWriter(body))
        {
            Write(writer, call);
        }
        return Json.WriteAsync(context.Response, body);
    }

    private static void Write(Utf8JsonWriter writer, Call call)
    {
        var tokens = call.OutputTokens;
        writer.WriteStartObject();
        writer.WriteString("id"u8, call.Id);
        writer.WriteString("object"u8, "chat.completion"u8);
        writer.WriteNumber("created"u8, call.ReceivedAt.ToUnixTimeSeconds());
        writer.WriteString("model"u8, call.Request.Model);
        writer.WriteStartArray("choices"u8);
        writer.WriteStartObject();
        writer.WriteNumber("index"u8, 0);
        writer.WriteStartObject("message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        writer.WriteString("content"u8, OutputText.All(call.Request.Seed, tokens));
        writer.WriteNull("refusal"u8);
        writer.WriteEndObject();
        writer.WriteNull("logprobs"u8);
        writer.WriteString("finish_reason"u8, call.FinishReason);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WritePropertyName("usage"u8);
        call.UsageOf(tokens).Write(writer);
        writer.WriteString("system_fingerprint"u8, "fp_simulator"u8);
        writer.WriteEndObject();
    }
}
