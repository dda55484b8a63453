using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Billing;

/// <summary>
/// The invoice as OpenAI's organisation pages show it: <c>GET /v1/organization/costs</c>, <c>/v1/organization/usage/completions</c> and <c>/usage/embeddings</c>, by UTC
/// day, always one page and always split by key (its last four characters stand for its id), by tier of service and by item or model. Another vendor's models are not on them.
/// </summary>
internal static class OrganizationPages
{
    private const int MostDays = 400;

    private static readonly string[] Items = ["input", "cached input", "output"];

    public static Task CostsAsync(HttpContext context, Invoice invoice, TimeProvider time) =>
        PageAsync(context, invoice, time, [Vendor.OpenAi, Vendor.OpenAiEmbeddings], WriteCosts);

    public static Task UsageAsync(HttpContext context, Invoice invoice, TimeProvider time) => PageAsync(
        context, invoice, time, [Vendor.OpenAi], (writer, lines) => WriteUsage(writer, lines, "organization.usage.completions.result"));

    public static Task EmbeddingsAsync(HttpContext context, Invoice invoice, TimeProvider time) => PageAsync(
        context, invoice, time, [Vendor.OpenAiEmbeddings], (writer, lines) => WriteUsage(writer, lines, "organization.usage.embeddings.result"));

    private static Task PageAsync(
        HttpContext context, Invoice invoice, TimeProvider time, Vendor[] vendors, Action<Utf8JsonWriter, IReadOnlyList<InvoiceLine>> writeResults)
    {
        if (ApiKey.ReadBearer(context.Request) is null)
        {
            return OpenAiError.MissingKey.WriteAsync(context.Response);
        }
        var now = time.GetUtcNow();
        if (!TryReadDay(context.Request, "start_time", null, out var first) || !TryReadDay(context.Request, "end_time", now, out var last)
            || last < first || last - first > TimeSpan.FromDays(MostDays))
        {
            return OpenAiError.BadRequest($"`start_time` (required) and `end_time` are Unix seconds, in order, and at most {MostDays} days apart.", "start_time").WriteAsync(context.Response);
        }
        var models = PriceTable.Models(vendors).ToHashSet(StringComparer.Ordinal);
        var lines = invoice.Lines().Where(line => models.Contains(line.Model)).ToLookup(line => line.OccurredAt.UtcDateTime.Date);
        var body = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            writer.WriteString("object", "page");
            writer.WriteStartArray("data");
            for (var day = first.UtcDateTime.Date; day <= last.UtcDateTime.Date; day = day.AddDays(1))
            {
                WriteBucket(writer, day, [.. lines[day]], writeResults);
            }
            writer.WriteEndArray();
            writer.WriteBoolean("has_more", false);
            writer.WriteNull("next_page");
            writer.WriteEndObject();
        }
        return Json.WriteAsync(context.Response, body);
    }

    private static void WriteBucket(Utf8JsonWriter writer, DateTime day, IReadOnlyList<InvoiceLine> lines, Action<Utf8JsonWriter, IReadOnlyList<InvoiceLine>> writeResults)
    {
        writer.WriteStartObject();
        writer.WriteString("object", "bucket");
        writer.WriteNumber("start_time", Seconds(day));
        writer.WriteNumber("end_time", Seconds(day.AddDays(1)));
        writer.WriteStartArray("results");
        foreach (var group in lines.GroupBy(line => (line.UpstreamKey, line.Model, line.ServiceTier)).OrderBy(group => group.Key))
        {
            writeResults(writer, [.. group]);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteCosts(Utf8JsonWriter writer, IReadOnlyList<InvoiceLine> lines)
    {
        var amounts = new decimal[Items.Length];
        var tokens = new long[Items.Length];
        foreach (var line in lines)
        {
            var (cached, output) = PriceTable.TryGet(line.Model, out var model) && (model.Tiers.GetValueOrDefault(line.ServiceTier) ?? model) is var price
                ? (price.Cost(line.Usage with { PromptTokens = line.Usage.CachedTokens, CompletionTokens = 0 }), price.Cost(new Usage(0, 0, line.Usage.CompletionTokens)))
                : (0, 0);
            // What was billed is billed, whatever the table says today.
            amounts[0] += line.CostUsd - cached - output;
            amounts[1] += cached;
            amounts[2] += output;
            tokens[0] += line.Usage.PromptTokens - line.Usage.CachedTokens;
            tokens[1] += line.Usage.CachedTokens;
            tokens[2] += line.Usage.CompletionTokens;
        }
        for (var item = 0; item < Items.Length; item++)
        {
            if (amounts[item] == 0 && tokens[item] == 0)
            {
                continue;
            }
            writer.WriteStartObject();
            writer.WriteString("object", "organization.costs.result");
            writer.WriteStartObject("amount");
            writer.WriteNumber("value", amounts[item]);
            writer.WriteString("currency", "usd");
            writer.WriteEndObject();
            writer.WriteString("line_item", $"{lines[0].Model}{(lines[0].ServiceTier == InvoiceLine.DefaultTier ? "" : " " + lines[0].ServiceTier)}, {Items[item]}");
            writer.WriteNull("project_id");
            writer.WriteString("api_key_id", lines[0].UpstreamKey);
            writer.WriteNumber("quantity", tokens[item]);
            writer.WriteEndObject();
        }
    }

    private static void WriteUsage(Utf8JsonWriter writer, IReadOnlyList<InvoiceLine> lines, string kind)
    {
        writer.WriteStartObject();
        writer.WriteString("object", kind);
        writer.WriteNumber("input_tokens", lines.Sum(line => (long)line.Usage.PromptTokens));
        if (kind.Contains("completions", StringComparison.Ordinal))
        {
            writer.WriteNumber("output_tokens", lines.Sum(line => (long)line.Usage.CompletionTokens));
            writer.WriteNumber("input_cached_tokens", lines.Sum(line => (long)line.Usage.CachedTokens));
        }
        writer.WriteNumber("num_model_requests", lines.Count);
        writer.WriteNull("project_id");
        writer.WriteNull("user_id");
        writer.WriteString("api_key_id", lines[0].UpstreamKey);
        writer.WriteString("model", lines[0].Model);
        writer.WriteNull("batch");
        writer.WriteString("service_tier", lines[0].ServiceTier);
        writer.WriteEndObject();
    }

    private static bool TryReadDay(HttpRequest request, string name, DateTimeOffset? absent, out DateTimeOffset moment)
    {
        var text = request.Query[name].ToString();
        moment = absent ?? default;
        if (text.Length == 0)
        {
            return absent is not null;
        }
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > DateTimeOffset.MaxValue.AddDays(-MostDays).ToUnixTimeSeconds())
        {
            return false;
        }
        moment = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return true;
    }

    private static long Seconds(DateTime day) => new DateTimeOffset(day, TimeSpan.Zero).ToUnixTimeSeconds();
}
