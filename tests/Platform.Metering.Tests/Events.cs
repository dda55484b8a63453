using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Tests;

/// <summary>Makes usage events that the intake accepts.</summary>
internal static class Events
{
    public static UsageEvent New(string eventId, DateTimeOffset? occurredAt = null, Action<UsageEvent>? with = null)
    {
        var usage = new UsageEvent
        {
            Source = "gateway-1",
            EventId = eventId,
            Funding = Funding.Leased,
            OccurredAt = (occurredAt ?? new DateTimeOffset(2026, 6, 10, 12, 0, 0, TimeSpan.Zero)).ToTimestampUtc(),
            TeamId = "team_support",
            KeyId = "key_1",
            Workload = "interactive",
            Lane = "standard",
            Provider = "openai",
            ModelAsked = "gpt-4o-mini",
            ModelServed = "gpt-4o-mini",
            Tokens = new Tokens { Input = 1_000, Output = 500 },
            Outcome = Outcome.Succeeded,
            AttemptNumber = 1,
        };
        with?.Invoke(usage);
        return usage;
    }

    /// <summary>A spread of teams, models, workloads and quarter hours that follows from the number alone.</summary>
    public static UsageEvent Varied(int number) => New($"event-{number}", new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(number * 37L), usage =>
    {
        usage.TeamId = (number % 3) switch { 0 => "team_support", 1 => "team_search", _ => "team_platform" };
        usage.ModelServed = (number % 5) switch { 0 => "gpt-4o", 1 => "gpt-4.1-nano", 2 => "unknown-model", _ => "gpt-4o-mini" };
        usage.Workload = number % 2 == 0 ? "batch" : "interactive";
        usage.Funding = number % 7 == 0 ? Funding.History : Funding.Leased;
        (usage.UserId, usage.ApplicationId) = ($"user_{number % 6}", number % 6 == 0 ? "app_bot" : "");
        (usage.AttemptNumber, usage.Fallback) = (number % 11 == 0 ? 2 : 1, number % 22 == 0);
        usage.RetryOf = number % 19 == 0 ? new Guid(number, 0, 0, new byte[8]).ToString() : "";
        usage.Tokens = new Tokens { Input = number % 1_013, CachedInput = number % 17, CacheWrite = number % 5, Output = number % 401, Reasoning = number % 3 };
    });
}
