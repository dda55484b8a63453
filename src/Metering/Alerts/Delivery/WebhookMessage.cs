using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>The body of a webhook: type, timestamp and data, as Standard Webhooks 1.0 recommends. Always the same bytes for the same alert. Pure.</summary>
internal static class WebhookMessage
{
    public const string MomentFormat = "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A kind or severity as files and pages write it.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    public static byte[] Of(AlertRow alert) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            Type = $"alert.{Word(alert.Kind)}",
            Timestamp = Moment(alert.OccurredAt),
            Data = new
            {
                AlertId = alert.AlertId.ToString(),
                Kind = Word(alert.Kind),
                Severity = Word(alert.Severity),
                alert.TeamId,
                alert.Subject,
                alert.Title,
                alert.Summary,
                alert.Figures,
                PeriodFrom = alert.Period is { } from ? Moment(from.From) : null,
                PeriodTo = alert.Period is { } to ? Moment(to.To) : null,
                OccurredAt = Moment(alert.OccurredAt),
            },
        },
        Json);

    public static string Moment(DateTimeOffset moment) => moment.UtcDateTime.ToString(MomentFormat, CultureInfo.InvariantCulture);
}
