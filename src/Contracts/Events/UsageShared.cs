using System.Text.Json;

namespace Platform.Contracts.Events;

/// <summary>Whose call it was.</summary>
internal readonly record struct UsageCaller(string TeamId, string UserId, string ApplicationId)
{
    public static UsageCaller Of(UsageMeteredItem item) => new(item.TeamId, item.UserId, item.ApplicationId);

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStringValue(TeamId);
        writer.WriteStringValue(UserId);
        writer.WriteStringValue(ApplicationId);
    }

    public static UsageCaller Read(ref Utf8JsonReader reader) => new(Text.Next(ref reader), Text.Next(ref reader), Text.Next(ref reader));
}

/// <summary>Where it went, how it was paid, and when it was recorded: what the items of one intake have in common.</summary>
internal readonly record struct UsageRoute(
    string Funding, string Workload, string Lane, string Provider, string Model, string Currency, DateTimeOffset RecordedAt, bool Fallback)
{
    public static UsageRoute Of(UsageMeteredItem item) =>
        new(item.Funding, item.Workload, item.Lane, item.Provider, item.Model, item.Currency, item.RecordedAt, item.Fallback);

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStringValue(Funding);
        writer.WriteStringValue(Workload);
        writer.WriteStringValue(Lane);
        writer.WriteStringValue(Provider);
        writer.WriteStringValue(Model);
        writer.WriteStringValue(Currency);
        writer.WriteStringValue(RecordedAt);
        writer.WriteBooleanValue(Fallback);
    }

    public static UsageRoute Read(ref Utf8JsonReader reader)
    {
        var (funding, workload, lane) = (Text.Next(ref reader), Text.Next(ref reader), Text.Next(ref reader));
        var (provider, model, currency) = (Text.Next(ref reader), Text.Next(ref reader), Text.Next(ref reader));
        reader.Read();
        var recordedAt = reader.GetDateTimeOffset();
        reader.Read();
        return new UsageRoute(funding, workload, lane, provider, model, currency, recordedAt, reader.GetBoolean());
    }
}

file static class Text
{
    public static string Next(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString() ?? throw new JsonException("A text is missing.");
    }
}
