using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Platform.ProviderSimulator.Billing;

/// <summary>One billed attempt.</summary>
/// <param name="AttemptId">What the caller sent as <c>X-KT-Attempt-Id</c>; null when it sent none.</param>
/// <param name="UpstreamKey">The last four characters of the API key.</param>
/// <param name="Model">The model that ran.</param>
/// <param name="OccurredAt">When the request was received, UTC.</param>
/// <param name="Usage">What is billed.</param>
/// <param name="CostUsd">US dollars, at most nine decimals.</param>
/// <param name="ServiceTier">By whose prices.</param>
internal sealed record InvoiceLine(
    string? AttemptId, string UpstreamKey, string Model, DateTimeOffset OccurredAt, Usage Usage, decimal CostUsd, string ServiceTier = InvoiceLine.DefaultTier)
{
    public const string DefaultTier = "default";

    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.ffffffZ";

    /// <summary>The line as UTF-8 JSON with its line feed; times in microseconds, cost as a string of nine decimals.</summary>
    public ArrayBufferWriter<byte> Encode()
    {
        var line = new ArrayBufferWriter<byte>(320);
        using (var writer = new Utf8JsonWriter(line))
        {
            writer.WriteStartObject();
            writer.WriteString("attempt_id"u8, AttemptId);
            writer.WriteString("upstream_key"u8, UpstreamKey);
            writer.WriteString("model"u8, Model);
            writer.WriteString("occurred_at"u8, OccurredAt.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
            writer.WriteNumber("prompt_tokens"u8, Usage.PromptTokens);
            writer.WriteNumber("cached_tokens"u8, Usage.CachedTokens);
            writer.WriteNumber("cache_write_tokens"u8, Usage.CacheWriteTokens);
            writer.WriteNumber("cache_write_hour_tokens"u8, Usage.CacheWriteHourTokens);
            writer.WriteNumber("completion_tokens"u8, Usage.CompletionTokens);
            writer.WriteNumber("reasoning_tokens"u8, Usage.ReasoningTokens);
            writer.WriteString("service_tier"u8, ServiceTier);
            writer.WriteString("currency"u8, "USD"u8);
            writer.WriteString("cost"u8, CostUsd.ToString("F9", CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        }
        line.Write("\n"u8);
        return line;
    }

    /// <summary>The line that was encoded.</summary>
    public static InvoiceLine Decode(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        var row = document.RootElement;
        return new InvoiceLine(
            row.GetProperty("attempt_id"u8).GetString(), row.GetProperty("upstream_key"u8).GetString()!, row.GetProperty("model"u8).GetString()!,
            row.GetProperty("occurred_at"u8).GetDateTimeOffset(),
            new Usage(
                Tokens(row, "prompt_tokens"u8), Tokens(row, "cached_tokens"u8), Tokens(row, "completion_tokens"u8), Tokens(row, "reasoning_tokens"u8),
                Tokens(row, "cache_write_tokens"u8), Tokens(row, "cache_write_hour_tokens"u8)),
            decimal.Parse(row.GetProperty("cost"u8).GetString()!, NumberStyles.Number, CultureInfo.InvariantCulture),
            row.TryGetProperty("service_tier"u8, out var tier) ? tier.GetString()! : DefaultTier);
    }

    /// <summary>When an encoded line occurred.</summary>
    public static DateTimeOffset ReadOccurredAt(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("occurred_at"u8).GetDateTimeOffset();
    }

    // Lines that are older than a kind of tokens do not name it, nor older ones the tier.
    private static int Tokens(JsonElement row, ReadOnlySpan<byte> name) => row.TryGetProperty(name, out var value) ? value.GetInt32() : 0;
}
