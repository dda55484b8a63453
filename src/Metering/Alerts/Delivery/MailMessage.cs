using System.Net;
using System.Text;
using MimeKit;
using Platform.Contracts;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>An alert as a mail: plain text, and the same as HTML. Pure.</summary>
internal static class MailMessage
{
    private const int LongestSubject = 200;

    /// <param name="teamName">As people know the team; empty when the alert is no team's.</param>
    /// <param name="channelId">With the alert's id it makes the Message-ID: the same at every attempt, so that a mailbox may know a repeat.</param>
    public static MimeMessage Of(AlertRow alert, string from, string to, string teamName, string channelId)
    {
        var message = new MimeMessage
        {
            Subject = Validation.Shown($"{(teamName.Length == 0 ? "Organisation" : teamName)}: {alert.Title}", LongestSubject),
            MessageId = $"{alert.AlertId:N}.{channelId}@{from[(from.IndexOf('@', StringComparison.Ordinal) + 1)..]}",
            Body = new BodyBuilder { TextBody = Text(alert, teamName), HtmlBody = Html(alert, teamName) }.ToMessageBody(),
        };
        message.From.Add(MailboxAddress.Parse(from));
        message.To.Add(MailboxAddress.Parse(to));

        // Tells vacation responders to be silent (RFC 3834).
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        return message;
    }

    /// <summary>Whether <see cref="Of"/> can be sent there: a stored address may be older than the rules that one is checked by today.</summary>
    public static bool IsAddress(string text) => MailboxAddress.TryParse(text, out _);

    private static string Text(AlertRow alert, string teamName)
    {
        var facts = Facts(alert, teamName).ToList();
        var width = facts.Max(fact => fact.Name.Length);
        var text = new StringBuilder().Append(alert.Title).Append("\n\n").Append(alert.Summary).Append("\n\n");
        foreach (var (name, value) in facts)
        {
            text.Append(name.PadRight(width)).Append("  ").Append(value).Append('\n');
        }

        return text.ToString();
    }

    private static string Html(AlertRow alert, string teamName)
    {
        var html = new StringBuilder("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
            .Append(Encoded(alert.Title)).Append("</title></head><body style=\"font-family:sans-serif;color:#1a1a1a\"><h1 style=\"font-size:1.2em\">")
            .Append(Encoded(alert.Title)).Append("</h1><p>").Append(Encoded(alert.Summary)).Append("</p><table cellpadding=\"4\">");
        foreach (var (name, value) in Facts(alert, teamName))
        {
            html.Append("<tr><th scope=\"row\" align=\"left\">").Append(Encoded(name)).Append("</th><td>").Append(Encoded(value)).Append("</td></tr>");
        }

        return html.Append("</table></body></html>").ToString();
    }

    private static IEnumerable<(string Name, string Value)> Facts(AlertRow alert, string teamName)
    {
        if (alert.TeamId.Length > 0)
        {
            yield return ("team", teamName.Length == 0 ? alert.TeamId : $"{teamName} ({alert.TeamId})");
        }

        yield return ("severity", WebhookMessage.Word(alert.Severity));
        foreach (var figure in alert.Figures)
        {
            yield return (figure.Label, figure.Text);
        }

        if (alert.Period is { } period)
        {
            yield return ("period", $"{WebhookMessage.Moment(period.From)} to {WebhookMessage.Moment(period.To)} (exclusive)");
        }

        yield return ("when", WebhookMessage.Moment(alert.OccurredAt));
        yield return ("alert", alert.AlertId.ToString());
    }

    private static string Encoded(string text) => WebUtility.HtmlEncode(text);
}
