using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Platform.Cli.ProviderFiles;
using Platform.Contracts;

namespace Platform.Cli.Imports;

/// <summary>
/// LiteLLM's spend logs, a call an entry: the answer of /spend/logs or /spend/logs/v2, or the table as JSON, in an array or one a line. What its response cache
/// answered reached no provider and is left out; its spend is what the source states. Prompt tokens have all input in them, cached and written ones too.
/// </summary>
internal static class LiteLlmFile
{
    /// <param name="tell">Hears at the end when pages of the answer are missing: /spend/logs/v2 gives 50 entries a page.</param>
    public static async IAsyncEnumerable<ImportItem> ReadAsync(Stream file, Action<string> tell, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (number, pages, allPages) = (0, new HashSet<string>(StringComparer.Ordinal), 0);
        await foreach (var entry in JsonEntries.ReadAsync(file, cancellationToken))
        {
            if (entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array)
            {
                foreach (var log in data.EnumerateArray())
                {
                    yield return ReadEntry(log, $"entry {++number}");
                }

                pages.Add(JsonEntries.Text(entry, "page"));
                allPages = Math.Max(allPages, int.TryParse(JsonEntries.Text(entry, "total_pages"), NumberStyles.None, CultureInfo.InvariantCulture, out var all) ? all : 0);
            }
            else
            {
                yield return ReadEntry(entry, $"entry {++number}");
            }
        }

        if (pages.Count < allPages)
        {
            tell($"The file has {pages.Count} of the {allPages} pages of the log: what is on the others is not imported. Get those too (page=2 and on), and import them.");
        }
    }

    private static ImportItem ReadEntry(JsonElement log, string place)
    {
        try
        {
            return Read(log, place);
        }
        catch (FormatException exception)
        {
            return new ImportItem(place, null, exception.Message);
        }
    }

    private static ImportItem Read(JsonElement log, string place)
    {
        if (JsonEntries.Text(log, "request_id") is not { Length: > 0 } id)
        {
            return new ImportItem(place, null, "It has no request_id: it is no single call of a spend log. Ask for the logs with summarize=false.");
        }

        if (JsonEntries.Text(log, "cache_hit").Equals("true", StringComparison.OrdinalIgnoreCase))
        {
            return new ImportItem(place, null, LeftOut: "answered by LiteLLM's own cache");
        }

        var failed = JsonEntries.Text(log, "status") == "failure";
        var (prompt, output) = (JsonEntries.Count(log, "prompt_tokens"), JsonEntries.Count(log, "completion_tokens"));
        if (failed && prompt == 0 && output == 0)
        {
            return new ImportItem(place, null, LeftOut: "failed before a provider counted tokens");
        }

        var (provider, model) = Model(log);
        var usage = Usage(log);
        var (cached, written, writtenHour) = Cached(usage);
        if (provider.Length == 0 || model.Length == 0 || cached + written > prompt)
        {
            return new ImportItem(place, null, cached + written > prompt
                ? $"Its cached tokens ({cached} read, {written} written) are more than its prompt_tokens {prompt}."
                : "It names no model, or no provider (custom_llm_provider, or a model such as openai/gpt-4o).");
        }

        var start = Moment(log, "startTime") ?? throw new FormatException("It has no startTime.");
        return new ImportItem(place, new ImportedRow(RowKey.OfId(id), start, provider, model)
        {
            ServiceTier = PriceNames.Tier(JsonEntries.Text(usage, "service_tier"), JsonEntries.Text(usage, "speed")),
            Region = PriceNames.Region(JsonEntries.Text(usage, "inference_geo")),
            Input = prompt - cached - written,
            CachedInput = cached,
            CacheWrite = written - writtenHour,
            CacheWriteHour = writtenHour,
            Output = output,
            Project = JsonEntries.Text(log, "team_id"),
            Key = JsonEntries.Text(log, "api_key"),
            User = JsonEntries.Text(log, "user") is { Length: > 0 } user ? user : JsonEntries.Text(log, "end_user"),
            Outcome = failed ? "failed" : null,
            TotalMs = Moment(log, "endTime") is { } end && end > start ? (long)(end - start).TotalMilliseconds : null,
            StatedCost = StatedAmount.Read(JsonEntries.Text(log, "spend"), "spend", CultureInfo.InvariantCulture.NumberFormat),
        });
    }

    private static (string Provider, string Model) Model(JsonElement log)
    {
        var (provider, model) = (JsonEntries.Text(log, "custom_llm_provider"), JsonEntries.Text(log, "model"));
        var slash = model.IndexOf('/', StringComparison.Ordinal);
        if (provider.Length == 0 && slash > 0)
        {
            provider = model[..slash];
        }

        return (provider, provider.Length > 0 && model.StartsWith(provider + "/", StringComparison.Ordinal) ? model[(provider.Length + 1)..] : model);
    }

    // Where the versions of the log keep them: metadata (as an object or as its text) → usage_object, or additional_usage_values.
    private static JsonElement Usage(JsonElement log)
    {
        if (log.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.String)
        {
            metadata = TryParse(metadata.GetString()!);
        }

        return Property(metadata, "usage_object") is { ValueKind: JsonValueKind.Object } whole ? whole : Property(metadata, "additional_usage_values");
    }

    // What is written for an hour is part of what is written. Providers that are spoken to as OpenAI is have what was written among the details alone.
    private static (long Read, long Written, long WrittenHour) Cached(JsonElement usage)
    {
        var details = Property(usage, "prompt_tokens_details");
        var read = First((details, "cached_tokens"), (usage, "cache_read_input_tokens"));
        var written = First((usage, "cache_creation_input_tokens"), (details, "cache_creation_tokens"), (details, "cache_write_tokens"));
        return (read, written, Math.Min(written, JsonEntries.Count(Property(details, "cache_creation_token_details"), "ephemeral_1h_input_tokens")));
    }

    /// <summary>The first count that is not 0.</summary>
    private static long First(params ReadOnlySpan<(JsonElement Entry, string Name)> counts)
    {
        foreach (var (entry, name) in counts)
        {
            if (JsonEntries.Count(entry, name) is not 0 and var count)
            {
                return count;
            }
        }

        return 0;
    }

    private static JsonElement Property(JsonElement entry, string name) => entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var value) ? value : default;

    private static JsonElement TryParse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // Whatever is kept there is for LiteLLM; without it nothing is known to be cached.
            return default;
        }
    }

    private static DateTimeOffset? Moment(JsonElement log, string name) => JsonEntries.Text(log, name) is not { Length: > 0 } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment) ? moment
        : throw new FormatException($"{name} '{Validation.Shown(text)}' is not a time.");
}
