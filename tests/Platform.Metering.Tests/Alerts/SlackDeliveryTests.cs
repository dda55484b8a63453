using System.Diagnostics;
using System.Text.Json;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts;
using Platform.Metering.Alerts.Delivery;

namespace Platform.Metering.Tests.Alerts;

public sealed class SlackDeliveryTests
{
    [Fact(Timeout = 300_000)]
    public async Task Slack_gets_text_and_blocks_unsigned_and_no_span_names_its_address()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.Contains("Http", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = span =>
            {
                lock (spans)
                {
                    spans.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.ChannelAsync(ChannelType.Slack, receiver.Url);
        var low = await alerts.RaiseAsync();

        await alerts.DeliverAsync();

        var message = Assert.Single(receiver.Messages);
        Assert.Equal((WebhookSignature.MessageId(low.EventId), "/hooks/T0/B0/very-secret-path"), (message.Id, message.Path));
        Assert.Equal([""], message.Signatures);
        using var body = JsonDocument.Parse(message.Body);
        Assert.Equal(
            ":large_yellow_circle: Wallet wal_team_support is below 20 %: 12.35 of 100.00 USD left", body.RootElement.GetProperty("text").GetString());
        Assert.Equal(
            ["section", "section", "context"], body.RootElement.GetProperty("blocks").EnumerateArray().Select(block => block.GetProperty("type").GetString()!));
        lock (spans)
        {
            Assert.DoesNotContain(spans, span => span.TagObjects.Any(tag => tag.Value is string text && text.Contains("very-secret-path", StringComparison.Ordinal) && span.Kind == ActivityKind.Client));
        }
    }

    [Fact]
    public void Names_cannot_mention_a_channel_or_make_a_link_and_stay_within_the_limits()
    {
        var alert = AlertOf.WalletLow(AlertsFixture.Low()) with
        {
            Title = "<!channel> & <https://evil.example|click>", Summary = new string('x', 10_000),
            Figures = [.. Enumerable.Range(0, 30).Select(number => new Figure($"f{number}", new string('y', 5_000)))],
        };
        using var body = JsonDocument.Parse(SlackMessage.Of(alert));

        var text = body.RootElement.GetProperty("blocks")[0].GetProperty("text").GetProperty("text").GetString()!;
        Assert.Contains("&lt;!channel&gt; &amp; &lt;https", text, StringComparison.Ordinal);
        Assert.True(text.Length <= 3_000);
        var fields = body.RootElement.GetProperty("blocks")[1].GetProperty("fields").EnumerateArray().ToList();
        Assert.Equal(10, fields.Count);
        Assert.All(fields, field => Assert.True(field.GetProperty("text").GetString()!.Length <= 2_000));
    }
}
