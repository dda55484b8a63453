using System.Text.Json.Serialization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Spend;

/// <summary>One call that was made elsewhere.</summary>
internal record SpendEventBody
{
    /// <summary>The importing system's name; "api" when absent.</summary>
    public string? Source { get; init; }

    /// <summary>Unique within the source: the same (source, event_id) counts once. Absent: made from the request's Idempotency-Key and what the event says.</summary>
    public string? EventId { get; init; }

    public string? AttemptId { get; init; }

    public string? CallId { get; init; }

    /// <summary>external (debited from the team's wallet; the default) or history (touches no wallet). Leave it out of a correction.</summary>
    public string? Funding { get; init; }

    /// <summary>Absent: now, or of a correction when its record did.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    public string? TeamId { get; init; }

    public string? UserId { get; init; }

    /// <summary>The application that called.</summary>
    public string? ApplicationId { get; init; }

    public string? Workload { get; init; }

    public string? Lane { get; init; }

    public string? Provider { get; init; }

    /// <summary>The model that ran; rated by its price.</summary>
    public string? Model { get; init; }

    /// <summary>The model that was asked for; absent: the model that ran.</summary>
    public string? ModelAsked { get; init; }

    /// <summary>The provider's service tier: standard (the default), batch, flex, priority, …</summary>
    public string? ServiceTier { get; init; }

    /// <summary>The provider's region; absent where it has one price everywhere.</summary>
    public string? Region { get; init; }

    /// <summary>Input that was neither read from nor written to a cache.</summary>
    public long? InputTokens { get; init; }

    public long? CachedInputTokens { get; init; }

    public long? CacheWriteTokens { get; init; }

    /// <summary>Written to a cache that lives for an hour, where the provider bills that apart.</summary>
    [JsonPropertyName("cache_write_1h_tokens")]
    public long? CacheWriteHourTokens { get; init; }

    /// <summary>Output without reasoning where reasoning is billed apart; else with it.</summary>
    public long? OutputTokens { get; init; }

    public long? ReasoningTokens { get; init; }

    /// <summary>succeeded (default), client_closed, interrupted or failed.</summary>
    public string? Outcome { get; init; }

    public int? AttemptNumber { get; init; }

    /// <summary>True when another target had failed before.</summary>
    public bool? Fallback { get; init; }

    public long? TotalMs { get; init; }

    public string? RouteReason { get; init; }

    /// <summary>The attempt that this one repeats.</summary>
    public string? RetryOf { get; init; }

    /// <summary>Hash of the prompt in hexadecimal, 16 or 32 bytes; never the prompt. Equal hashes are counted as identical prompts.</summary>
    public string? PromptHash { get; init; }

    /// <summary>Last characters of the provider key, as the provider's bill names it.</summary>
    public string? UpstreamKey { get; init; }

    /// <summary>
    /// Set for a correction: the record that it corrects, the gateway's own too. Tokens may then be negative, and all else is the record's: leave it out. It is rated at
    /// the record's price and goes to the wallet that the record was charged to.
    /// </summary>
    public string? CorrectsRecordId { get; init; }

    /// <summary>
    /// Of a correction: as many less as are left of its record's calls (of a call -1), with all tokens that are left of it. It takes the record back whole, the fee for the
    /// request and the call too, and nothing can be corrected in it any more. Else leave it out.
    /// </summary>
    public long? Requests { get; init; }

    /// <summary>
    /// Money without tokens, in the organisation's currency: negative for what a provider gives back (a credit note, a service credit, a rebate), positive for what it charges afterwards. It is no call: give no tokens; model is
    /// optional. Say what it is of in the tags reference and reason. Needs billing_admin.
    /// </summary>
    public Money? Adjustment { get; init; }

    /// <summary>No value is null; one that is refuses its event only.</summary>
    public Dictionary<string, string?>? Tags { get; init; }
}

/// <summary>One event as such, or many as events.</summary>
internal sealed record SpendLogBody : SpendEventBody
{
    /// <summary>At most 1,000. None is null; one that is refuses itself only.</summary>
    public IReadOnlyList<SpendEventBody?>? Events { get; init; }

    /// <summary>Say what would become of each event, and record nothing.</summary>
    public bool? DryRun { get; init; }
}

/// <summary>From the REST body to the contract.</summary>
internal static class SpendEventMapping
{
    private const string DefaultSource = "api";

    /// <summary>Throws INVALID_ARGUMENT for what only this face can see; everything else is judged by Metering, an event at a time.</summary>
    /// <param name="ids">Of the request, for an event without an id.</param>
    public static UsageEvent ToEvent(SpendEventBody body, SpendEventIds ids, DateTimeOffset now)
    {
        // What a correction leaves out it has from its record.
        var isCorrection = !string.IsNullOrEmpty(body.CorrectsRecordId);
        var model = isCorrection || body.Adjustment is not null ? body.Model ?? "" : Require.Text("model", body.Model);
        var requests = isCorrection || body.Requests is null ? body.Requests ?? 0 : throw RpcErrors.InvalidArgument("requests is for a correction that takes its record back whole; tell of each call apart.");
        var usage = new UsageEvent
        {
            Source = body.Source ?? DefaultSource,
            AttemptId = body.AttemptId ?? "",
            CallId = body.CallId ?? "",
            Funding = isCorrection && body.Funding is null ? Funding.Unspecified : FundingOf(body.Funding),
            OccurredAt = isCorrection && body.OccurredAt is null ? null : Timestamp.FromDateTimeOffset((body.OccurredAt ?? now).TruncateToMicroseconds()),
            TeamId = isCorrection ? body.TeamId ?? "" : Require.Text("team_id", body.TeamId),
            UserId = body.UserId ?? "",
            ApplicationId = body.ApplicationId ?? "",
            Workload = body.Workload ?? "",
            Lane = body.Lane ?? "",
            Provider = isCorrection ? body.Provider ?? "" : Require.Text("provider", body.Provider),
            ModelAsked = body.ModelAsked ?? model,
            ModelServed = model,
            ServiceTier = body.ServiceTier ?? "",
            Region = body.Region ?? "",
            Tokens = TokensOf(body),
            Outcome = isCorrection && body.Outcome is null ? Outcome.Unspecified : OutcomeOf(body.Outcome),
            AttemptNumber = body.AttemptNumber ?? 1,
            Fallback = body.Fallback ?? false,
            TotalMs = body.TotalMs ?? 0,
            RouteReason = body.RouteReason ?? "",
            RetryOf = body.RetryOf ?? "",
            PromptHash = PromptHashOf(body.PromptHash),
            UpstreamKey = body.UpstreamKey ?? "",
            CorrectsRecordId = body.CorrectsRecordId ?? "",
            Requests = requests,
        };
        if (body.Adjustment is { } adjustment)
        {
            usage.AdjustmentNanos = adjustment.Nanos;
        }

        foreach (var (name, value) in (body.Tags ?? []).OrderBy(tag => tag.Key, StringComparer.Ordinal))
        {
            usage.Tags.Add(name, value ?? throw RpcErrors.InvalidArgument($"tags.{name} is null; leave it out."));
        }

        usage.EventId = body.EventId ?? ids.Next(usage, isDated: body.OccurredAt is not null);
        return usage;
    }

    private static Tokens TokensOf(SpendEventBody body) => new()
    {
        Input = body.InputTokens ?? 0,
        CachedInput = body.CachedInputTokens ?? 0,
        CacheWrite = body.CacheWriteTokens ?? 0,
        CacheWrite1H = body.CacheWriteHourTokens ?? 0,
        Output = body.OutputTokens ?? 0,
        Reasoning = body.ReasoningTokens ?? 0,
    };

    // Funding `leased` is the gateway's own: its events come from its journal, never by this way.
    private static Funding FundingOf(string? text) => text switch
    {
        null or "external" => Funding.External,
        "history" => Funding.History,
        _ => throw RpcErrors.InvalidArgument($"funding '{text}' must be external or history."),
    };

    private static ByteString PromptHashOf(string? text)
    {
        try
        {
            return ByteString.CopyFrom(Convert.FromHexString(text ?? ""));
        }
        catch (FormatException)
        {
            throw RpcErrors.InvalidArgument("prompt_hash must be hexadecimal: 32 or 64 digits.");
        }
    }

    private static Outcome OutcomeOf(string? text)
    {
        if (text is null)
        {
            return Outcome.Succeeded;
        }

        return EnumText.TryParse<Outcome>(text, out var outcome)
            ? outcome
            : throw RpcErrors.InvalidArgument($"outcome '{text}' must be one of {EnumText.Names<Outcome>()}.");
    }
}
