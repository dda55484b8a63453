using System.Globalization;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts.Channels;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>One attempt to send an alert to a channel, within the configured time.</summary>
internal sealed class SendAlert(HttpSender http, MailSender mail, TimeProvider time)
{
    public Task<SendResult> RunAsync(ChannelRow channel, AlertRow alert) => channel.Type switch
    {
        ChannelType.Webhook => PostWebhookAsync(channel, alert),
        ChannelType.Slack => http.PostAsync(channel.Target, SlackMessage.Of(alert), [("webhook-id", WebhookSignature.MessageId(alert.AlertId))]),
        ChannelType.Email => mail.SendAsync(channel, alert),
        ChannelType.Unspecified => throw new ArgumentOutOfRangeException(nameof(channel), channel.Type, "A stored channel has a type."),
    };

    private Task<SendResult> PostWebhookAsync(ChannelRow channel, AlertRow alert)
    {
        var now = time.GetUtcNow();
        var (id, body, seconds) = (WebhookSignature.MessageId(alert.AlertId), WebhookMessage.Of(alert), now.ToUnixTimeSeconds());
        return http.PostAsync(
            channel.Target, body,
            [
                ("webhook-id", id), ("webhook-timestamp", seconds.ToString(CultureInfo.InvariantCulture)),
                ("webhook-signature", WebhookSignature.Sign(channel.SecretsAt(now), id, seconds, body)),
            ]);
    }
}
