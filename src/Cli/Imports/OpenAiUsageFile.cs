using System.Globalization;
using System.Text.Json;

namespace Platform.Cli.Imports;

/// <summary>
/// OpenAI's usage pages (GET /v1/organization/usage/completions or embeddings): buckets of unix seconds, results by whatever they were grouped by. Cached input is
/// part of the input; how large a single request was is known on the average only, which chooses the context tier.
/// </summary>
internal static class OpenAiUsageFile
{
    private const string Prefix = "organization.usage.";
    private static readonly string[] Grouping = ["project_id", "user_id", "api_key_id", "model", "batch", "service_tier"];
    private static readonly string[] Kinds = ["completions", "embeddings", "moderations"];

    public static IAsyncEnumerable<ImportItem> ReadAsync(Stream file, CancellationToken cancellationToken) => UsagePages.ReadAsync(file, Read, cancellationToken);

    private static ImportItem Read(JsonElement bucket, JsonElement result, string place)
    {
        var kind = JsonEntries.Text(result, "object").Replace(Prefix, "", StringComparison.Ordinal).Replace(".result", "", StringComparison.Ordinal);
        if (kind.Length > 0 && !Kinds.Contains(kind))
        {
            return new ImportItem(place, null, $"It is usage of {kind}, which is not counted in tokens.");
        }

        var (start, end) = (JsonEntries.Count(bucket, "start_time"), JsonEntries.Count(bucket, "end_time"));
        var (input, cached, output) = (JsonEntries.Count(result, "input_tokens"), JsonEntries.Count(result, "input_cached_tokens"), JsonEntries.Count(result, "output_tokens"));
        var requests = JsonEntries.Count(result, "num_model_requests");
        if (input == 0 && output == 0 && requests == 0)
        {
            return new ImportItem(place, null, LeftOut: "without usage");
        }

        var model = JsonEntries.Text(result, "model");
        return WhyNot(start, end, model, input, cached, result) is { } problem ? new ImportItem(place, null, problem) : new ImportItem(place, new ImportedRow(
            Key(kind, start, end, result), DateTimeOffset.FromUnixTimeSeconds(start), "openai", model)
        {
            Until = DateTimeOffset.FromUnixTimeSeconds(end),
            ServiceTier = Tier(result),
            Input = input - cached,
            CachedInput = cached,
            Output = output,
            Requests = Math.Max(requests, 1),
            ContextTokens = (input + Math.Max(requests, 1) - 1) / Math.Max(requests, 1),
            Project = JsonEntries.Text(result, "project_id"),
            Key = JsonEntries.Text(result, "api_key_id"),
            User = JsonEntries.Text(result, "user_id"),
        });
    }

    private static string? WhyNot(long start, long end, string model, long input, long cached, JsonElement result) =>
        start <= 0 || end <= start || end > 7_258_118_400 ? "Its bucket has no start_time and end_time in unix seconds."
        : model.Length == 0 ? "It names no model: get the pages with group_by=model,project_id,user_id,api_key_id,batch,service_tier."
        : cached > input ? $"input_cached_tokens {cached} is more than input_tokens {input}, of which it is a part."
        : JsonEntries.Count(result, "input_audio_tokens") + JsonEntries.Count(result, "output_audio_tokens") > 0 ? "It has audio tokens, for which the price book has no prices."
        : null;

    private static string? Tier(JsonElement result) => JsonEntries.Text(result, "batch") == "True" ? "batch" : JsonEntries.Text(result, "service_tier") switch
    {
        "" or "default" or "auto" or "standard" => null,
        var tier => tier,
    };

    private static string Key(string kind, long start, long end, JsonElement result) => RowKey.Of(
        string.Create(CultureInfo.InvariantCulture, $"{start}-{end}"),
        [kind is "completions" ? "" : kind, .. Grouping.Select(name => JsonEntries.Text(result, name))]);
}
