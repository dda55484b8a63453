using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Export.Files;

/// <summary>How a column is written. The names stand in the manifest.</summary>
internal enum ColumnType
{
    /// <summary>Text; null when unknown.</summary>
    String,

    /// <summary>ISO 8601 in UTC with microseconds, for example 2026-06-01T06:00:00.000000Z.</summary>
    Timestamp,

    /// <summary>
    /// Exact decimal text with nine places, for example "0.000123450". Text and not a JSON number, because most readers of JSON keep numbers as binary
    /// floating point, which would change the figure.
    /// </summary>
    Decimal,

    Integer,
    Boolean,

    /// <summary>Object of text by text, keys sorted.</summary>
    Map,
}

/// <param name="Read">The value as its type is written; null for none. A map is a JSON object.</param>
internal sealed record UsageColumn(string Name, ColumnType Type, Func<ExportRow, string?> Read);

/// <summary>The columns of a usage export, in the order of the file. The one list that data files of json and csv and their manifests are written from.</summary>
internal static class UsageColumns
{
    public static readonly IReadOnlyList<UsageColumn> All =
    [
        Text("record_id", record => record.RecordId),
        Text("attempt_id", record => record.Event.AttemptId),
        Text("call_id", record => record.Event.CallId),
        Text("source", record => record.Event.Source),
        Text("funding", record => Word(record.Event.Funding.ToString())),
        Moment("occurred_at", record => record.Event.OccurredAt),
        Moment("recorded_at", record => record.RecordedAt),
        Text("team_id", record => record.Event.TeamId),
        Text("key_id", record => record.Event.KeyId),
        Text("user_id", record => record.Event.UserId),
        Text("workload", record => record.Event.Workload),
        Text("lane", record => record.Event.Lane),
        Text("provider", record => record.Event.Provider),
        Text("upstream_key", record => record.Event.UpstreamKey),
        Text("model_asked", record => record.Event.ModelAsked),
        Text("model_served", record => record.Event.ModelServed),
        Integer("input_tokens", record => record.Event.Tokens?.Input ?? 0),
        Integer("cached_input_tokens", record => record.Event.Tokens?.CachedInput ?? 0),
        Integer("cache_write_tokens", record => record.Event.Tokens?.CacheWrite ?? 0),
        Integer("output_tokens", record => record.Event.Tokens?.Output ?? 0),
        Integer("reasoning_tokens", record => record.Event.Tokens?.Reasoning ?? 0),
        Amount("input_cost", record => record.Cost?.InputNanos),
        Amount("cached_input_cost", record => record.Cost?.CachedInputNanos),
        Amount("cache_write_cost", record => record.Cost?.CacheWriteNanos),
        Amount("output_cost", record => record.Cost?.OutputNanos),
        Amount("reasoning_cost", record => record.Cost?.ReasoningNanos),
        Amount("request_cost", record => record.Cost?.RequestNanos),
        Amount("cost", record => record.Cost?.TotalNanos),
        Text("currency", record => record.Currency),
        Integer("price_id", record => record.Event.PriceId == 0 ? null : record.Event.PriceId),
        Text("outcome", record => Word(record.Event.Outcome.ToString())),
        Integer("attempt_number", record => record.Event.AttemptNumber),
        Flag("fallback", row => row.Record.Event.Fallback),
        Text("corrects_record_id", record => record.Event.CorrectsRecordId),
        Text("route_reason", record => record.Event.RouteReason),
        new("tags", ColumnType.Map, row => Tags(row.Record.Event.Tags)),

        // New columns come last: a reader that goes by position keeps its place.
        Integer("cache_write_1h_tokens", record => record.Event.Tokens?.CacheWrite1H ?? 0),
        Amount("cache_write_1h_cost", record => record.Cost?.CacheWrite1HNanos),
        Text("service_tier", record => record.Event.ServiceTier),
        Text("region", record => record.Event.Region),
        Moment("booked_at", record => record.BookedAt ?? record.Event.OccurredAt),
        Text("application_id", record => record.Event.ApplicationId),

        // Of a sum that an import brought as many as it stands for; a correction is none. Their sum is the number of calls that spend and periods say.
        Integer("requests", record => UsageCalls.Of(record.Event)),
        Text("import_id", record => record.Event.ImportId),
        Text("retry_of", record => record.Event.RetryOf),
        Integer("gateway_ms", record => Known(record.Event.GatewayMs)),
        Integer("first_token_ms", record => Known(record.Event.FirstTokenMs)),
        Integer("total_ms", record => Known(record.Event.TotalMs)),
        Text("route_policy", record => record.Event.RoutePolicy),
        Text("mark", record => Word(record.Event.Mark.ToString())),

        // It occurred before the run's window: what a series' earlier files could not have yet, or what a month books of months that were closed.
        Flag("late", row => row.IsLate),
        Text("shadow_rule", record => record.Event.ShadowRule),
        Amount("shadow_cost", record => record.Event.HasShadowCostNanos ? record.Event.ShadowCostNanos : null),

        // Money without tokens: all of its record's cost, so that the kinds add up.
        Amount("adjustment_cost", record => record.Cost?.AdjustmentNanos),
    ];

    private static UsageColumn Flag(string name, Func<ExportRow, bool> read) => new(name, ColumnType.Boolean, row => read(row) ? "true" : "false");

    private static long? Known(long milliseconds) => milliseconds == 0 ? null : milliseconds;

    private static UsageColumn Text(string name, Func<UsageRecord, string> read) =>
        new(name, ColumnType.String, row => read(row.Record) is { Length: > 0 } text ? text : null);

    private static UsageColumn Moment(string name, Func<UsageRecord, Timestamp> read) =>
        new(name, ColumnType.Timestamp, row => ExportJson.Moment(read(row.Record).ToDateTimeOffset()));

    private static UsageColumn Integer(string name, Func<UsageRecord, long?> read) =>
        new(name, ColumnType.Integer, row => read(row.Record)?.ToString(CultureInfo.InvariantCulture));

    private static UsageColumn Amount(string name, Func<UsageRecord, long?> readNanos) =>
        new(name, ColumnType.Decimal, row => readNanos(row.Record) is { } nanos ? new Money(nanos).ToFixedString() : null);

    private static string Tags(IEnumerable<KeyValuePair<string, string>> tags) => ExportJson.Map(tags.OrderBy(tag => tag.Key, StringComparer.Ordinal));

    /// <summary>An enum's value as events have it too: ClientClosed is client_closed; Unspecified is unknown.</summary>
    internal static string Word(string value) => value == nameof(Funding.Unspecified) ? "" : JsonNamingPolicy.SnakeCaseLower.ConvertName(value);
}

internal static class ExportJson
{
    // Keeps non-ASCII text as it is: the file is UTF-8 and is never put into a web page unescaped by us.
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = false };

    public static string Moment(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    /// <summary>An object of text by text, keys in the order given.</summary>
    public static string Map(IEnumerable<KeyValuePair<string, string>> entries)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        foreach (var (key, value) in entries)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
