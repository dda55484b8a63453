using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Repricing;

namespace Platform.Metering.Intake;

/// <summary>What an event must be, before anything is looked up. Pure; each rule is the contract's.</summary>
internal static class EventCheck
{
    public static readonly TimeSpan MostAhead = TimeSpan.FromMinutes(5);

    /// <summary>A million million tokens of a kind: beyond it a figure is a slip, and sums of such figures would leave 64 bits.</summary>
    public const long MaxTokens = 1_000_000_000_000;

    /// <summary>Ten million units of currency an event, for the same reason.</summary>
    public const long MaxCostNanos = 10_000_000 * Money.NanosPerUnit;

    /// <summary>A thousand million requests an event: beyond it a figure is a slip.</summary>
    public const long MaxRequests = 1_000_000_000;

    /// <summary>How the sources of imports begin.</summary>
    public const string ImportPrefix = "import:";

    /// <summary>Null when the event is fine, else one sentence that says what is wrong.</summary>
    /// <param name="isImport">True for what Metering's own imports bring: nobody else may speak in their name.</param>
    public static string? Check(UsageEvent usage, bool isImport = false) =>
        CheckIdentity(usage) ?? (isImport ? null : CheckOutsider(usage)) ?? CheckClasses(usage) ?? CheckTime(usage) ?? CheckDimensions(usage) ?? CheckLease(usage) ?? CheckTokens(usage) ?? CheckMeasures(usage) ?? CheckRequests(usage) ?? CheckComparedCosts(usage) ?? CheckAdjustment(usage)
        ?? Validation.Tags(usage.Tags);

    /// <summary>What is said of an event that is fine but for its time; null where nothing speaks against it.</summary>
    public static string? CheckAhead(UsageEvent usage, DateTimeOffset now) => usage.OccurredAt?.ToDateTimeOffset() > now + MostAhead
        ? $"occurred_at lies more than {MostAhead.TotalMinutes:0} minutes ahead of the service's clock ({now:O}); set the teller's clock right, or tell it again when its moment has come."
        : null;

    // The source of what Metering writes itself; nobody else may speak in its name.
    private static string? CheckIdentity(UsageEvent usage) =>
        Validation.Text("source", usage.Source, 1, 100)
        ?? (usage.Source == RepriceUsage.Source ? $"source '{RepriceUsage.Source}' is the price book's own; choose another." : null)
        ?? Validation.Text("event_id", usage.EventId, 1, 200)
        ?? Validation.Uuid("attempt_id", usage.AttemptId)
        ?? Validation.Uuid("call_id", usage.CallId)
        ?? Validation.Uuid("corrects_record_id", usage.CorrectsRecordId)
        ?? Validation.Uuid("retry_of", usage.RetryOf)
        ?? (usage.PromptHash.Length is 0 or 16 or 32 ? null : $"prompt_hash must be empty or have 16 or 32 bytes; it has {usage.PromptHash.Length}.");

    private static string? CheckOutsider(UsageEvent usage) =>
        usage.ImportId.Length > 0 ? "import_id is set by imports only; leave it out."
        : usage.Source.StartsWith(ImportPrefix, StringComparison.Ordinal) ? $"source '{Validation.Shown(usage.Source)}' begins with '{ImportPrefix}', which is for imports; choose another."
        : null;

    // What a correction leaves out it has from its record.
    private static bool IsLeftOut(UsageEvent usage, bool isEmpty) => isEmpty && usage.CorrectsRecordId.Length > 0;

    private static string? CheckClasses(UsageEvent usage) =>
        (usage.Funding is Funding.Leased or Funding.External or Funding.History || IsLeftOut(usage, usage.Funding == Funding.Unspecified)
            ? null
            : "funding must be leased, external or history.")
        ?? (IsLeftOut(usage, usage.Outcome == Outcome.Unspecified) || usage.Outcome is Outcome.Succeeded or Outcome.ClientClosed or Outcome.Interrupted or Outcome.Failed
            ? null
            : "outcome must be succeeded, client_closed, interrupted or failed.")
        ?? (usage.Mark is Mark.Unspecified or Mark.Overflow or Mark.Observed ? null : "mark must be overflow or observed, or left out.")
        ?? (usage.Mark != Mark.Unspecified && usage.Funding is Funding.External or Funding.History ? "mark is for funding leased only: no wallet was asked before other calls." : null);

    private static string? CheckTime(UsageEvent usage) => IsLeftOut(usage, usage.OccurredAt is null) ? null
        : usage.OccurredAt is null || !Moments.IsUsable(usage.OccurredAt) ? Moments.Complaint("occurred_at")
        : null;

    private static string? CheckDimensions(UsageEvent usage) =>
        (IsLeftOut(usage, usage.TeamId.Length == 0) ? null : Validation.TeamId(usage.TeamId))
        ?? Validation.Text("user_id", usage.UserId, 0, 200)
        ?? Validation.Text("application_id", usage.ApplicationId, 0, 200)
        ?? Validation.Text("key_id", usage.KeyId, 0, 200)
        ?? Validation.Text("workload", usage.Workload, 0, 200)
        ?? Validation.Text("lane", usage.Lane, 0, 200)
        ?? Validation.Text("provider", usage.Provider, usage.CorrectsRecordId.Length > 0 ? 0 : 1, 200)
        ?? Validation.Label("service_tier", usage.ServiceTier)
        ?? Validation.Text("region", usage.Region, 0, 50)
        ?? Validation.Text("model_asked", usage.ModelAsked, 0, 200)
        ?? Validation.Text("model_served", usage.ModelServed, usage.CorrectsRecordId.Length > 0 || usage.HasAdjustmentNanos ? 0 : 1, 200)
        ?? Validation.Text("route_reason", usage.RouteReason, 0, 200)
        ?? Validation.Text("route_policy", usage.RoutePolicy, 0, 200)
        ?? Validation.Text("upstream_key", usage.UpstreamKey, 0, 200)
        ?? Validation.Traceparent(usage.Traceparent);

    private static string? CheckLease(UsageEvent usage) =>
        Validation.Uuid("lease_id", usage.LeaseId)
        ?? Figure("bound_nanos", usage.BoundNanos, 0, long.MaxValue)
        ?? (usage.LeaseId.Length > 0 && usage.Funding != Funding.Leased ? "lease_id is for funding leased only." : null)
        ?? (usage.BoundNanos > 0 && usage.LeaseId.Length == 0 ? "bound_nanos is for an attempt that was drawn from a lease; name it in lease_id." : null);

    private static string? CheckTokens(UsageEvent usage)
    {
        var least = usage.CorrectsRecordId.Length == 0 ? 0 : -MaxTokens;
        var tokens = usage.Tokens ?? new Tokens();
        return Figure("tokens.input", tokens.Input, least, MaxTokens)
               ?? Figure("tokens.cached_input", tokens.CachedInput, least, MaxTokens)
               ?? Figure("tokens.cache_write", tokens.CacheWrite, least, MaxTokens)
               ?? Figure("tokens.cache_write_1h", tokens.CacheWrite1H, least, MaxTokens)
               ?? Figure("tokens.output", tokens.Output, least, MaxTokens)
               ?? Figure("tokens.reasoning", tokens.Reasoning, least, MaxTokens);
    }

    private static string? CheckMeasures(UsageEvent usage) =>
        Figure("price_id", usage.PriceId, 0, long.MaxValue)
        ?? Figure("attempt_number", usage.AttemptNumber, 0, int.MaxValue)
        ?? Figure("undelivered_ppm", usage.UndeliveredPpm, 0, 1_000_000)
        ?? Figure("gateway_ms", usage.GatewayMs, 0, long.MaxValue)
        ?? Figure("first_token_ms", usage.FirstTokenMs, 0, long.MaxValue)
        ?? Figure("total_ms", usage.TotalMs, 0, long.MaxValue);

    private static string? CheckRequests(UsageEvent usage) =>
        (usage.CorrectsRecordId.Length == 0 ? Figure("requests", usage.Requests, 0, MaxRequests) : Figure("requests", usage.Requests, -MaxRequests, 0))
        ?? Figure("context_tokens", usage.ContextTokens, 0, MaxTokens)
        ?? (usage.Requests > 1 && usage.Funding != Funding.History ? "requests above one are for funding history: tell of each call apart." : null)
        ?? (usage.HasContextTokens && (usage.Funding != Funding.History || usage.CorrectsRecordId.Length > 0)
            ? "context_tokens is for funding history, and for no correction."
            : null);

    private static string? CheckComparedCosts(UsageEvent usage) =>
        Validation.Text("shadow_rule", usage.ShadowRule, 0, 200)
        ?? Figure("primary_cost_nanos", usage.PrimaryCostNanos, 0, MaxCostNanos)
        ?? Figure("default_cost_nanos", usage.DefaultCostNanos, 0, MaxCostNanos)
        ?? Figure("shadow_cost_nanos", usage.ShadowCostNanos, 0, MaxCostNanos)
        ?? (usage.HasShadowCostNanos && usage.ShadowRule.Length == 0 ? "shadow_cost_nanos is what a rule in shadow mode would have made it cost; name the rule in shadow_rule." : null)
        ?? (usage.CorrectsRecordId.Length > 0 && (usage.HasPrimaryCostNanos || usage.HasDefaultCostNanos || usage.ShadowRule.Length > 0)
            ? "primary_cost_nanos, default_cost_nanos and shadow_rule are for no correction: what it corrects has them."
            : null);

    // It is no call and is not rated: whatever else it said would be in a sum that it has no part in.
    private static string? CheckAdjustment(UsageEvent usage) =>
        !usage.HasAdjustmentNanos ? null
        : usage.AdjustmentNanos == 0 ? "adjustment_nanos is 0, which adjusts nothing: give what is charged, or, negative, what is given back."
        : Figure("adjustment_nanos", usage.AdjustmentNanos, -MaxCostNanos, MaxCostNanos)
            ?? (usage.CorrectsRecordId.Length > 0 ? "adjustment_nanos is money without tokens and corrects no record: leave corrects_record_id out, or correct tokens." : null)
            ?? (usage.Funding == Funding.Leased ? "adjustment_nanos is for funding external or history: no lease or hold was made for it." : null)
            ?? (usage.Outcome != Outcome.Succeeded ? "adjustment_nanos is of no call that could fail: its outcome is succeeded." : null)
            ?? (usage.Tokens is { } tokens && !tokens.Equals(new Tokens()) ? "adjustment_nanos is money without tokens: leave them out, and record calls by themselves." : null)
            ?? (usage.Requests != 0 || usage.HasContextTokens || usage.PriceId != 0 || usage.HasPrimaryCostNanos || usage.HasDefaultCostNanos || usage.ShadowRule.Length > 0
                ? "adjustment_nanos is of no call and has no price: leave requests, context_tokens, price_id, primary_cost_nanos, default_cost_nanos and shadow_rule out."
                : null)
            ?? (usage.AttemptId.Length > 0 || usage.CallId.Length > 0 || usage.RetryOf.Length > 0 || usage.AttemptNumber > 1 || usage.Fallback || usage.PromptHash.Length > 0
                ? "adjustment_nanos is of no call: leave attempt_id, call_id, attempt_number, fallback, retry_of and prompt_hash out."
                : null);

    private static string? Figure(string name, long value, long atLeast, long atMost) =>
        value >= atLeast && value <= atMost ? null : $"{name} must be {atLeast} to {atMost}; it is {value}.";
}
