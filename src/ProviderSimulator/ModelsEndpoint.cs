using System.Buffers;
using System.Text.Json;
using Platform.ProviderSimulator.Billing;

namespace Platform.ProviderSimulator;

/// <summary><c>GET /v1/models</c>: the models that have a price.</summary>
internal static class ModelsEndpoint
{
    // 2025-01-01T00:00:00Z; the models are as old as this table.
    private const long CreatedUnixSeconds = 1_735_689_600;

    public static Task HandleAsync(HttpContext context)
    {
        if (ApiKey.Read(context.Request) is null)
        {
            return OpenAiError.MissingKey.WriteAsync(context.Response);
        }
        var body = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            writer.WriteString("object", "list");
            writer.WriteStartArray("data");
            foreach (var model in PriceTable.Models)
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
        return Json.WriteAsync(context.Response, body);
    }
}
