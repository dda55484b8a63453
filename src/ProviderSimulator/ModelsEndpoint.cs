using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Messages;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator;

/// <summary><c>GET /v1/models</c>: the models that have a price, of the vendor whose way of asking it is.</summary>
internal static class ModelsEndpoint
{
    // 2025-01-01T00:00:00Z; the models are as old as this table.
    private const long CreatedUnixSeconds = 1_735_689_600;

    private static readonly Shape Anthropic = new MessagesShape();

    public static Task HandleAsync(HttpContext context)
    {
        var isAnthropic = context.Request.Headers.ContainsKey(MessagesShape.VersionHeader);
        if ((isAnthropic ? Anthropic.ReadKey(context.Request) : ApiKey.ReadBearer(context.Request)) is null)
        {
            return (isAnthropic ? AnthropicError.MissingKey : (ProviderError)OpenAiError.MissingKey).WriteAsync(context.Response);
        }
        var body = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(body))
        {
            if (isAnthropic)
            {
                WriteAnthropic(writer, [.. PriceTable.Models(Vendor.Anthropic)]);
            }
            else
            {
                WriteOpenAi(writer, PriceTable.Models(Vendor.OpenAi, Vendor.OpenAiEmbeddings));
            }
        }
        return Json.WriteAsync(context.Response, body);
    }

    private static void WriteOpenAi(Utf8JsonWriter writer, IEnumerable<string> models)
    {
        writer.WriteStartObject();
        writer.WriteString("object", "list");
        writer.WriteStartArray("data");
        foreach (var model in models)
        {
            writer.WriteStartObject();
            writer.WriteString("id", model);
            writer.WriteString("object", "model");
            writer.WriteNumber("created", CreatedUnixSeconds);
            writer.WriteString("owned_by", "simulator");
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteAnthropic(Utf8JsonWriter writer, List<string> models)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("data");
        foreach (var model in models)
        {
            writer.WriteStartObject();
            writer.WriteString("type", "model");
            writer.WriteString("id", model);
            writer.WriteString("display_name", model);
            writer.WriteString("created_at", DateTimeOffset.FromUnixTimeSeconds(CreatedUnixSeconds).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteBoolean("has_more", false);
        writer.WriteString("first_id", models[0]);
        writer.WriteString("last_id", models[^1]);
        writer.WriteEndObject();
    }
}
