using Platform.Contracts.Events;

namespace Platform.Forecast.Tests;

internal static class Usage
{
    public static UsageMeteredItem Call(
        DateTimeOffset occurredAt, long? costNanos, string team = "team_support", string model = "gpt-4o-mini", string funding = FundingClass.Leased,
        bool fallback = false, Guid? corrects = null) => new(
        RecordId: Guid.CreateVersion7(), AttemptId: Guid.CreateVersion7(), funding, team, Workload: "interactive", Lane: "", Provider: "openai", model,
        costNanos, Currency: "USD", InputTokens: 10, OutputTokens: 3, fallback, occurredAt, RecordedAt: occurredAt, Traceparent: null, corrects);

    public static UsageMetered Batch(params IReadOnlyList<UsageMeteredItem> items) => new(Guid.CreateVersion7(), items);

    public static DateTimeOffset Utc(string moment) => DateTimeOffset.Parse(moment + "Z", System.Globalization.CultureInfo.InvariantCulture);
}
