using System.Text.Json.Serialization;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Imports;

/// <summary>One row: a call, or the sum of many in a bucket of time. What is wrong with it is said of it alone; the others stand.</summary>
internal sealed record ImportRowBody
{
    /// <summary>What makes the row itself, unique and the same in every file that has it; at most 150 characters.</summary>
    public string? RowKey { get; init; }

    /// <summary>Of a bucket its beginning.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>A bucket's end: one that is not over is refused, because its figures still grow.</summary>
    public DateTimeOffset? Until { get; init; }

    public string? Provider { get; init; }

    /// <summary>The model that ran.</summary>
    public string? Model { get; init; }

    public string? ServiceTier { get; init; }

    public string? Region { get; init; }

    /// <summary>Input that was neither read from nor written to a cache.</summary>
    public long? InputTokens { get; init; }

    public long? CachedInputTokens { get; init; }

    public long? CacheWriteTokens { get; init; }

    [JsonPropertyName("cache_write_1h_tokens")]
    public long? CacheWriteHourTokens { get; init; }

    public long? OutputTokens { get; init; }

    public long? ReasoningTokens { get; init; }

    /// <summary>How many requests it stands for; absent: one.</summary>
    public long? Requests { get; init; }

    /// <summary>Input of one of its requests, which chooses the context tier of the price; absent: all its input is one request's.</summary>
    public long? ContextTokens { get; init; }

    /// <summary>The provider's project or workspace, key and user: what rules are about.</summary>
    public string? Project { get; init; }

    public string? Key { get; init; }

    public string? User { get; init; }

    /// <summary>Whose it is in this platform's words, where the source says so; what a rule says comes first.</summary>
    public string? TeamId { get; init; }

    public string? UserId { get; init; }

    public string? ApplicationId { get; init; }

    public string? Workload { get; init; }

    /// <summary>succeeded (default), client_closed, interrupted or failed.</summary>
    public string? Outcome { get; init; }

    public long? TotalMs { get; init; }

    /// <summary>What the source says that it cost: compared with the price book's figure and shown, never booked.</summary>
    public Money? StatedCost { get; init; }

    public ImportRow ToRow(string place)
    {
        var outcome = Contracts.Metering.V1.Outcome.Unspecified;
        if (!string.IsNullOrEmpty(Outcome) && !EnumText.TryParse(Outcome, out outcome))
        {
            throw RpcErrors.InvalidArgument($"{place}: outcome '{Outcome}' must be one of {EnumText.Names<Outcome>()}.");
        }

        var row = new ImportRow
        {
            RowKey = RowKey ?? "",
            OccurredAt = OccurredAt.ToTimestampUtc(),
            Until = Until.ToTimestampUtc(),
            Provider = Provider ?? "",
            Model = Model ?? "",
            ServiceTier = ServiceTier ?? "",
            Region = Region ?? "",
            Tokens = new Tokens
            {
                Input = InputTokens ?? 0, CachedInput = CachedInputTokens ?? 0, CacheWrite = CacheWriteTokens ?? 0, CacheWrite1H = CacheWriteHourTokens ?? 0,
                Output = OutputTokens ?? 0, Reasoning = ReasoningTokens ?? 0,
            },
            Requests = Requests ?? 0,
            Project = Project ?? "",
            Key = Key ?? "",
            User = User ?? "",
            TeamId = TeamId ?? "",
            UserId = UserId ?? "",
            ApplicationId = ApplicationId ?? "",
            Workload = Workload ?? "",
            Outcome = outcome,
            TotalMs = TotalMs ?? 0,
        };
        if (ContextTokens is { } context)
        {
            row.ContextTokens = context;
        }

        if (StatedCost is { } stated)
        {
            row.StatedCostNanos = stated.Nanos;
        }

        return row;
    }
}
