using System.Globalization;
using System.Text.Json;

namespace Platform.Cli.Demo;

/// <summary>One call of the demo's history.</summary>
internal sealed record DemoEvent(
    string EventId, DateTimeOffset OccurredAt, string TeamId, string Workload, string ModelAsked, string Model, long InputTokens, long CachedInputTokens,
    long OutputTokens, long TotalMs, bool Fallback)
{
    public const string Source = "kt-demo";

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("source", Source);
        writer.WriteString("event_id", EventId);
        writer.WriteString("funding", "history");
        writer.WriteString("occurred_at", OccurredAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        writer.WriteString("team_id", TeamId);
        writer.WriteString("workload", Workload);
        writer.WriteString("lane", Workload == "batch" ? "economy" : "standard");
        writer.WriteString("provider", "openai");
        writer.WriteString("model", Model);
        writer.WriteString("model_asked", ModelAsked);
        writer.WriteNumber("input_tokens", InputTokens);
        writer.WriteNumber("cached_input_tokens", CachedInputTokens);
        writer.WriteNumber("output_tokens", OutputTokens);
        writer.WriteNumber("total_ms", TotalMs);
        if (Fallback)
        {
            writer.WriteBoolean("fallback", true);
            writer.WriteNumber("attempt_number", 2);
            writer.WriteString("route_reason", "fallback: first target unavailable");
        }

        writer.WriteEndObject();
    }
}
