using System.Text.Json;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;

namespace Platform.Metering.Intake;

/// <summary>The columns of a usage record that its event says, and how each is written.</summary>
internal static class UsageColumns
{
    private static readonly (string Name, Action<CopyBuffer, RatedUsage> Write)[] All =
    [
        ("occurred_at", static (row, usage) => row.Write(usage.OccurredAt)),
        ("booked_at", static (row, usage) => row.Write(usage.BookedAt)),
        ("price_id", static (row, usage) => row.Write(usage.PriceId)),
        ("input_tokens", static (row, usage) => row.Write(usage.Tokens.Input)),
        ("cached_input_tokens", static (row, usage) => row.Write(usage.Tokens.CachedInput)),
        ("cache_write_tokens", static (row, usage) => row.Write(usage.Tokens.CacheWrite)),
        ("cache_write_hour_tokens", static (row, usage) => row.Write(usage.Tokens.CacheWriteHour)),
        ("output_tokens", static (row, usage) => row.Write(usage.Tokens.Output)),
        ("reasoning_tokens", static (row, usage) => row.Write(usage.Tokens.Reasoning)),
        ("input_nanos", static (row, usage) => row.Write(usage.Cost?.InputNanos)),
        ("cached_input_nanos", static (row, usage) => row.Write(usage.Cost?.CachedInputNanos)),
        ("cache_write_nanos", static (row, usage) => row.Write(usage.Cost?.CacheWriteNanos)),
        ("cache_write_hour_nanos", static (row, usage) => row.Write(usage.Cost?.CacheWriteHourNanos)),
        ("output_nanos", static (row, usage) => row.Write(usage.Cost?.OutputNanos)),
        ("reasoning_nanos", static (row, usage) => row.Write(usage.Cost?.ReasoningNanos)),
        ("request_nanos", static (row, usage) => row.Write(usage.Cost?.RequestNanos)),
        ("adjustment_nanos", static (row, usage) => row.Write(usage.Event.HasAdjustmentNanos ? usage.Event.AdjustmentNanos : null)),
        ("cost_nanos", static (row, usage) => row.Write(usage.Cost?.TotalNanos)),
        ("bound_nanos", static (row, usage) => row.Write(usage.BoundNanos)),
        ("gateway_ms", static (row, usage) => row.Write(usage.Event.GatewayMs)),
        ("first_token_ms", static (row, usage) => row.Write(usage.Event.FirstTokenMs)),
        ("total_ms", static (row, usage) => row.Write(usage.Event.TotalMs)),
        ("record_id", static (row, usage) => row.Write(usage.RecordId)),
        ("attempt_id", static (row, usage) => row.Write(usage.AttemptId)),
        ("call_id", static (row, usage) => row.Write(usage.CallId)),
        ("corrects_record_id", static (row, usage) => row.Write(usage.CorrectsRecordId)),
        ("lease_id", static (row, usage) => row.Write(usage.LeaseId)),
        ("retry_of", static (row, usage) => row.Write(usage.RetryOf)),
        ("attempt_number", static (row, usage) => row.Write(Math.Max(usage.Event.AttemptNumber, 1))),
        ("undelivered_ppm", static (row, usage) => row.Write(usage.Event.UndeliveredPpm)),
        ("funding", static (row, usage) => row.Write((short)usage.Event.Funding)),
        ("outcome", static (row, usage) => row.Write((short)usage.Event.Outcome)),
        ("fallback", static (row, usage) => row.Write(usage.Event.Fallback)),
        ("source", static (row, usage) => row.Write(usage.Event.Source)),
        ("event_id", static (row, usage) => row.Write(usage.Event.EventId)),
        ("team_id", static (row, usage) => row.Write(usage.Event.TeamId)),
        ("user_id", static (row, usage) => row.Write(usage.Event.UserId)),
        ("application_id", static (row, usage) => row.Write(usage.Event.ApplicationId)),
        ("key_id", static (row, usage) => row.Write(usage.Event.KeyId)),
        ("workload", static (row, usage) => row.Write(usage.Event.Workload)),
        ("workload_rule", static (row, usage) => row.Write(usage.WorkloadRule)),
        ("lane", static (row, usage) => row.Write(usage.Event.Lane)),
        ("provider", static (row, usage) => row.Write(usage.Event.Provider)),
        ("model_asked", static (row, usage) => row.Write(usage.Event.ModelAsked)),
        ("model_served", static (row, usage) => row.Write(usage.Event.ModelServed)),
        ("service_tier", static (row, usage) => row.Write(PriceVersion.TierOf(usage.Event.ServiceTier))),
        ("region", static (row, usage) => row.Write(usage.Event.Region)),
        ("route_policy", static (row, usage) => row.Write(usage.Event.RoutePolicy)),
        ("route_reason", static (row, usage) => row.Write(usage.Event.RouteReason)),
        ("traceparent", static (row, usage) => row.Write(usage.Event.Traceparent)),
        ("upstream_key", static (row, usage) => row.Write(usage.Event.UpstreamKey)),
        ("prompt_hash", static (row, usage) => WritePromptHash(row, usage.Event)),
        ("requests", static (row, usage) => row.Write(usage.Event.Requests == 0 && !usage.Event.HasAdjustmentNanos ? null : usage.Event.Requests)),
        ("context_tokens", static (row, usage) => row.Write(usage.Event.HasContextTokens ? usage.Event.ContextTokens : null)),
        ("primary_cost_nanos", static (row, usage) => row.Write(usage.Event.HasPrimaryCostNanos ? usage.Event.PrimaryCostNanos : null)),
        ("default_cost_nanos", static (row, usage) => row.Write(usage.Event.HasDefaultCostNanos ? usage.Event.DefaultCostNanos : null)),
        ("shadow_rule", static (row, usage) => WriteShadowRule(row, usage.Event)),
        ("shadow_cost_nanos", static (row, usage) => row.Write(usage.Event.HasShadowCostNanos ? usage.Event.ShadowCostNanos : null)),
        ("import_id", static (row, usage) => row.Write(usage.ImportId)),
        ("mark", static (row, usage) => WriteMark(row, usage.Event)),
        ("tags", static (row, usage) => WriteTags(row, usage.Event)),
    ];

    public static readonly string Copy =
        $"COPY usage_record (recorded_at, currency, {string.Join(", ", All.Select(column => column.Name))}) FROM STDIN (FORMAT BINARY)";

    /// <summary>Adds one row in the order of <see cref="Copy"/>.</summary>
    public static void Write(CopyBuffer row, RatedUsage usage, DateTimeOffset recordedAt, string currency)
    {
        row.BeginRow(2 + All.Length);
        row.Write(recordedAt);
        row.Write(currency);
        foreach (var (_, write) in All)
        {
            write(row, usage);
        }
    }

    private static void WritePromptHash(CopyBuffer row, UsageEvent usage)
    {
        if (usage.PromptHash.IsEmpty)
        {
            row.WriteNull();
        }
        else
        {
            row.Write(usage.PromptHash.Span);
        }
    }

    private static void WriteShadowRule(CopyBuffer row, UsageEvent usage)
    {
        if (usage.ShadowRule.Length == 0)
        {
            row.WriteNull();
        }
        else
        {
            row.Write(usage.ShadowRule);
        }
    }

    private static void WriteMark(CopyBuffer row, UsageEvent usage)
    {
        if (usage.Mark == Mark.Unspecified)
        {
            row.WriteNull();
        }
        else
        {
            row.Write((short)usage.Mark);
        }
    }

    private static void WriteTags(CopyBuffer row, UsageEvent usage)
    {
        if (usage.Tags.Count == 0)
        {
            row.WriteNull();
        }
        else
        {
            row.WriteJson(JsonSerializer.SerializeToUtf8Bytes<IDictionary<string, string>>(usage.Tags));
        }
    }
}
