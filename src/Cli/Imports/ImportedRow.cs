using System.Text.Json;
using Platform.Cli.Api;
using Platform.Contracts;

namespace Platform.Cli.Imports;

/// <summary>One row of a file in the API's terms.</summary>
/// <param name="RowKey">What makes the row itself, the same in every file that has it.</param>
/// <param name="OccurredAt">Of a bucket its beginning.</param>
internal sealed record ImportedRow(string RowKey, DateTimeOffset OccurredAt, string Provider, string Model)
{
    /// <summary>A bucket's end.</summary>
    public DateTimeOffset? Until { get; init; }

    public string? ServiceTier { get; init; }

    public string? Region { get; init; }

    public long Input { get; init; }

    public long CachedInput { get; init; }

    public long CacheWrite { get; init; }

    public long CacheWriteHour { get; init; }

    public long Output { get; init; }

    public long Reasoning { get; init; }

    public long? Requests { get; init; }

    /// <summary>Input of one of its requests, where it stands for many.</summary>
    public long? ContextTokens { get; init; }

    public string? Project { get; init; }

    public string? Key { get; init; }

    public string? User { get; init; }

    public string? TeamId { get; init; }

    public string? ApplicationId { get; init; }

    public string? Workload { get; init; }

    public string? Outcome { get; init; }

    public long? TotalMs { get; init; }

    /// <summary>What the source says that it cost, rounded to a nano-unit: for comparison only.</summary>
    public Money? StatedCost { get; init; }

    /// <summary>Writes the API's body of one row.</summary>
    public void WriteTo(Utf8JsonWriter body)
    {
        body.WriteStartObject();
        body.WriteString("row_key", RowKey);
        body.WriteString("occurred_at", OccurredAt.UtcDateTime);
        if (Until is { } until)
        {
            body.WriteString("until", until.UtcDateTime);
        }

        body.WriteString("provider", Provider);
        body.WriteString("model", Model);
        body.WriteOptional("service_tier", ServiceTier);
        body.WriteOptional("region", Region);
        Count(body, "input_tokens", Input);
        Count(body, "cached_input_tokens", CachedInput);
        Count(body, "cache_write_tokens", CacheWrite);
        Count(body, "cache_write_1h_tokens", CacheWriteHour);
        Count(body, "output_tokens", Output);
        Count(body, "reasoning_tokens", Reasoning);
        Count(body, "requests", Requests ?? 0);
        if (ContextTokens is { } context)
        {
            body.WriteNumber("context_tokens", context);
        }

        body.WriteOptional("project", Project);
        body.WriteOptional("key", Key);
        body.WriteOptional("user", User);
        body.WriteOptional("team_id", TeamId);
        body.WriteOptional("application_id", ApplicationId);
        body.WriteOptional("workload", Workload);
        body.WriteOptional("outcome", Outcome);
        Count(body, "total_ms", TotalMs ?? 0);
        if (StatedCost is { } stated)
        {
            body.WriteAmount("stated_cost", stated);
        }

        body.WriteEndObject();
    }

    private static void Count(Utf8JsonWriter body, string name, long value)
    {
        if (value != 0)
        {
            body.WriteNumber(name, value);
        }
    }
}

/// <summary>What a reader found at a place of its file: a row, or why there is none.</summary>
/// <param name="Place">For messages: a line, an entry, a bucket.</param>
/// <param name="Row">Null where there is none.</param>
/// <param name="Problem">What is wrong; null for a row, and for what is rightly left out.</param>
/// <param name="LeftOut">Why something is rightly left out, in a few words that many share; null otherwise.</param>
internal readonly record struct ImportItem(string Place, ImportedRow? Row, string? Problem = null, string? LeftOut = null);
