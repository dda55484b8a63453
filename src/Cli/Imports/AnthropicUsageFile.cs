using System.Globalization;
using System.Text.Json;

namespace Platform.Cli.Imports;

/// <summary>
/// Anthropic's usage report (GET /v1/organizations/usage_report/messages): input by uncached, cache read and cache written for five minutes or an hour, all apart. It
/// does not say how many requests a result stands for, so each counts as one; the context window, where grouped by it, chooses the context tier.
/// </summary>
internal static class AnthropicUsageFile
{
    private const long LongContext = 200_001;
    private static readonly string[] Grouping = ["workspace_id", "api_key_id", "account_id", "service_account_id", "model", "service_tier", "context_window", "inference_geo", "speed"];

    public static IAsyncEnumerable<ImportItem> ReadAsync(Stream file, CancellationToken cancellationToken) => UsagePages.ReadAsync(file, Read, cancellationToken);

    private static ImportItem Read(JsonElement bucket, JsonElement result, string place)
    {
        var (start, end) = (Moment(bucket, "starting_at"), Moment(bucket, "ending_at"));
        var writes = result.TryGetProperty("cache_creation", out var creation) ? creation : result;
        var row = new ImportedRow(Key(start, end, result), start, "anthropic", JsonEntries.Text(result, "model"))
        {
            Until = end,
            ServiceTier = JsonEntries.Text(result, "service_tier") is var tier && tier == "standard" ? null : tier,
            Region = JsonEntries.Text(result, "inference_geo") is var geo && geo is "global" or "not_available" ? null : geo,
            Input = JsonEntries.Count(result, "uncached_input_tokens"),
            CachedInput = JsonEntries.Count(result, "cache_read_input_tokens"),
            CacheWrite = JsonEntries.Count(writes, "ephemeral_5m_input_tokens") + JsonEntries.Count(result, "cache_creation_5m_input_tokens"),
            CacheWriteHour = JsonEntries.Count(writes, "ephemeral_1h_input_tokens") + JsonEntries.Count(result, "cache_creation_1h_input_tokens"),
            Output = JsonEntries.Count(result, "output_tokens"),
            ContextTokens = JsonEntries.Text(result, "context_window") is "" or "0-200k" ? 0 : LongContext,
            Project = JsonEntries.Text(result, "workspace_id"),
            Key = JsonEntries.Text(result, "api_key_id"),
            User = JsonEntries.Text(result, "account_id") is { Length: > 0 } account ? account : JsonEntries.Text(result, "service_account_id"),
        };
        return row is { Input: 0, CachedInput: 0, CacheWrite: 0, CacheWriteHour: 0, Output: 0 } ? new ImportItem(place, null, LeftOut: "without usage")
            : row.Model.Length == 0 ? new ImportItem(place, null, "It names no model: get the report with group_by[]=model and, of the others, workspace_id, api_key_id, service_tier, context_window.")
            : new ImportItem(place, row);
    }

    private static DateTimeOffset Moment(JsonElement bucket, string name) =>
        DateTimeOffset.TryParse(JsonEntries.Text(bucket, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)
            ? moment : throw new FormatException($"Its bucket has no {name} in RFC 3339, such as 2026-06-01T00:00:00Z.");

    private static string Key(DateTimeOffset start, DateTimeOffset end, JsonElement result) => RowKey.Of(
        string.Create(CultureInfo.InvariantCulture, $"{start.ToUnixTimeSeconds()}-{end.ToUnixTimeSeconds()}"), [.. Grouping.Select(name => JsonEntries.Text(result, name))]);
}
