using System.Text.Encodings.Web;
using System.Text.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>
/// A message to an incoming webhook of Slack: text for notifications and for receivers that know no blocks, blocks for the eye. Within Slack's limits of 3,000
/// characters a text and 10 fields a section. Pure.
/// </summary>
internal static class SlackMessage
{
    private const int LongestText = 2_900;
    private const int LongestField = 1_900;
    private const int FieldsASection = 10;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Of(AlertRow alert)
    {
        var title = $"{Sign(alert.Severity)} {Escaped(alert.Title, LongestText)}";
        var blocks = new List<object>
        {
            new { type = "section", text = Markdown($"{Sign(alert.Severity)} *{Escaped(alert.Title, LongestText / 2)}*\n{Escaped(alert.Summary, LongestText / 2)}") },
        };
        if (alert.Figures.Count > 0)
        {
            blocks.Add(new
            {
                type = "section",
                fields = alert.Figures.Take(FieldsASection)
                    .Select(figure => Markdown($"*{Escaped(figure.Label, 100)}*\n{Escaped(figure.Text, LongestField)}")).ToArray(),
            });
        }

        var about = $"{WebhookMessage.Word(alert.Severity)} · {(alert.TeamId.Length == 0 ? "organisation" : alert.TeamId)} · {alert.OccurredAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";
        blocks.Add(new { type = "context", elements = new[] { Markdown($"{Escaped(about, 300)} · {alert.AlertId}") } });
        return JsonSerializer.SerializeToUtf8Bytes(new { text = title, blocks }, Json);
    }

    private static object Markdown(string text) => new { type = "mrkdwn", text };

    private static string Sign(AlertSeverity severity) => severity switch
    {
        AlertSeverity.Critical => ":red_circle:",
        AlertSeverity.Warning => ":large_yellow_circle:",
        AlertSeverity.Info or AlertSeverity.Unspecified => ":large_blue_circle:",
    };

    /// <summary>The three characters that Slack gives a meaning of its own, so that a name cannot mention a channel or make a link.</summary>
    private static string Escaped(string text, int longest) =>
        Validation.Shown(text, longest).Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");
}
