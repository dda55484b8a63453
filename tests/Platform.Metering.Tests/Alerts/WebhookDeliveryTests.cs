using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts.Channels;
using Platform.Metering.Alerts.Delivery;

namespace Platform.Metering.Tests.Alerts;

/// <summary>Webhooks over a real connection: what arrives, and what becomes of a receiver that fails, hangs or is gone.</summary>
public sealed class WebhookDeliveryTests
{
    [Fact(Timeout = 300_000)]
    public async Task Webhook_arrives_once_signed_and_says_what_and_how_much()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var alerts = await AlertsFixture.CreateAsync();
        var channel = await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url);
        var low = await alerts.RaiseAsync();

        Assert.Equal(1, await alerts.DeliverAsync());
        Assert.Equal(0, await alerts.DeliverAsync());

        var message = Assert.Single(receiver.Messages);
        Assert.True(message.IsSignedBy(channel.Secret));
        Assert.Equal(($"msg_{low.EventId:N}", AlertsFixture.Start.ToUnixTimeSeconds()), (message.Id, message.Timestamp));
        using var body = JsonDocument.Parse(message.Body);
        Assert.Equal("alert.wallet_low", body.RootElement.GetProperty("type").GetString());
        Assert.Equal("2026-06-10T12:00:00Z", body.RootElement.GetProperty("timestamp").GetString());
        var data = body.RootElement.GetProperty("data");
        Assert.Equal(
            ("team_support", "warning", "Wallet wal_team_support is below 20 %: 12.35 of 100.00 USD left"),
            (data.GetProperty("team_id").GetString(), data.GetProperty("severity").GetString(), data.GetProperty("title").GetString()));
        Assert.Equal(
            """[{"name":"available","value":"12.345678901","unit":"USD"},{"name":"set_aside","value":"0.00","unit":"USD"},{"name":"put_in","value":"100.00","unit":"USD"},{"name":"level","value":"20","unit":"%"}]""",
            data.GetProperty("figures").GetRawText());
        Assert.Equal(DeliveryState.Delivered, (await alerts.DeliveryAsync(low.EventId)).State);
    }

    [Fact(Timeout = 300_000)]
    public async Task What_is_critical_goes_before_the_warnings_that_a_channel_owes_and_these_in_their_order()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url);
        var first = await alerts.RaiseAsync(20);
        alerts.Time.Advance(TimeSpan.FromSeconds(1));
        var second = await alerts.RaiseAsync(10);
        alerts.Time.Advance(TimeSpan.FromSeconds(1));
        var critical = await alerts.RaiseAsync(5);

        Assert.Equal(3, await alerts.DeliverAsync());
        Assert.Equal([$"msg_{critical.EventId:N}", $"msg_{first.EventId:N}", $"msg_{second.EventId:N}"], receiver.Messages.Select(message => message.Id));
    }

    [Fact(Timeout = 300_000)]
    public async Task Failed_attempts_follow_the_schedule_under_one_id_and_fresh_timestamps()
    {
        await using var receiver = (await WebhookReceiver.StartAsync()).Answer(500, "down for\u001b[31m lunch\n").Answer(302, "", ("Location", "https://elsewhere.example/"));
        await using var alerts = await AlertsFixture.CreateAsync();
        var channel = await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url);
        var low = await alerts.RaiseAsync();

        await alerts.DeliverAsync();
        var first = await alerts.DeliveryAsync(low.EventId);
        Assert.Equal((DeliveryState.Pending, 1, "The receiver answered 500: down for [31m lunch."), (first.State, first.Attempts, first.LastError));
        Assert.InRange(first.NextAttemptAt.ToDateTimeOffset() - AlertsFixture.Start, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6));
        Assert.Equal(0, await alerts.DeliverAsync());

        await alerts.RetryAsync(low.EventId);
        Assert.StartsWith("The receiver answered 302. Redirects are not followed", (await alerts.DeliveryAsync(low.EventId)).LastError, StringComparison.Ordinal);
        await alerts.RetryAsync(low.EventId);

        Assert.Equal((DeliveryState.Delivered, 3), ((await alerts.DeliveryAsync(low.EventId)).State, (await alerts.DeliveryAsync(low.EventId)).Attempts));
        Assert.Equal(3, receiver.Messages.Count);
        Assert.Single(receiver.Messages.Select(message => message.Id).Distinct());
        Assert.Single(receiver.Messages.Select(message => message.Text).Distinct());
        Assert.Equal(3, receiver.Messages.Select(message => message.Timestamp).Distinct().Count());
        Assert.All(receiver.Messages, message => Assert.True(message.IsSignedBy(channel.Secret)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Receiver_whose_certificate_nobody_vouches_for_is_not_told_and_the_failure_says_why_and_what_to_do()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var own = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        await using var receiver = await WebhookReceiver.StartAsync(own);
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url);
        var low = await alerts.RaiseAsync();

        await alerts.DeliverAsync();
        Assert.Empty(receiver.Messages);
        var failed = await alerts.DeliveryAsync(low.EventId);
        Assert.Equal(DeliveryState.Pending, failed.State);
        Assert.StartsWith("TLS with the receiver fails: ", failed.LastError, StringComparison.Ordinal);
        Assert.Contains("UntrustedRoot", failed.LastError, StringComparison.Ordinal);
        Assert.Contains("docs/operations.md, Alerts", failed.LastError, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task Receiver_that_asks_for_patience_gets_it()
    {
        await using var receiver = (await WebhookReceiver.StartAsync()).Answer(429, "", ("Retry-After", "3600"));
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url);
        var low = await alerts.RaiseAsync();

        await alerts.DeliverAsync();
        Assert.InRange(
            (await alerts.DeliveryAsync(low.EventId)).NextAttemptAt.ToDateTimeOffset() - AlertsFixture.Start, TimeSpan.FromHours(1), TimeSpan.FromMinutes(72));
    }

    [Fact(Timeout = 300_000)]
    public async Task Receiver_that_refuses_and_then_hangs_is_told_of_by_its_status_and_gets_the_patience_that_it_asks_for()
    {
        await using var receiver = (await WebhookReceiver.StartAsync()).HangAfter(503, ("Retry-After", "3600"));
        var options = Options.Create(new AlertOptions { AllowedNetworks = "127.0.0.0/8", TimeoutSeconds = 5 });
        using var sender = new HttpSender(new AddressPolicy(options), options, TimeProvider.System);

        Assert.Equal(SendResult.Failed("The receiver answered 503.", TimeSpan.FromHours(1)), await sender.PostAsync(receiver.Url, [], []));
    }

    [Fact(Timeout = 300_000)]
    public async Task Receiver_that_hangs_is_given_up_after_the_time_limit_and_tried_again()
    {
        await using var receiver = (await WebhookReceiver.StartAsync()).Hang();
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url);
        var low = await alerts.RaiseAsync();

        var delivering = alerts.DeliverAsync();
        await receiver.ArrivedAsync();
        alerts.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(1, await delivering);
        Assert.Equal("The receiver did not answer within 20 s.", (await alerts.DeliveryAsync(low.EventId)).LastError);

        await alerts.RetryAsync(low.EventId);
        Assert.Equal(DeliveryState.Delivered, (await alerts.DeliveryAsync(low.EventId)).State);
    }

    [Fact(Timeout = 300_000)]
    public async Task Receiver_that_is_gone_disables_its_channel_and_the_others_hear_of_it()
    {
        await using var receiver = (await WebhookReceiver.StartAsync()).Answer(410);
        await using var other = await WebhookReceiver.StartAsync();
        await using var alerts = await AlertsFixture.CreateAsync();
        var channel = (await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url)).Channel;
        var low = await alerts.RaiseAsync();
        var waiting = await alerts.RaiseAsync(10);
        await alerts.ChannelAsync(ChannelType.Webhook, other.Url);

        Assert.Equal(1, await alerts.DeliverAsync());
        Assert.Equal(1, await alerts.DeliverAsync());

        Assert.Equal((DeliveryState.Dead, DeliveryState.Dead), ((await alerts.DeliveryAsync(low.EventId)).State, (await alerts.DeliveryAsync(waiting.EventId)).State));
        Assert.Contains("alert.channel_failing", Assert.Single(other.Messages).Text, StringComparison.Ordinal);
        var listed = (await alerts.Get<ChannelStore>().ListAsync(TestContext.Current.CancellationToken)).Single(row => row.ChannelId == channel.ChannelId);
        Assert.Equal((false, "platform"), (listed.Enabled, listed.ChangedBy));

        await alerts.RaiseAsync(5);
        Assert.Equal(1, await alerts.DeliverAsync());
        Assert.Single(receiver.Messages);
    }

    [Fact(Timeout = 300_000)]
    public async Task Delivery_that_fails_ten_times_is_dead_and_can_be_replayed_under_its_id()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url);
        var low = await alerts.RaiseAsync();
        Enumerable.Range(0, 10).ToList().ForEach(_ => receiver.Answer(503));

        await alerts.DeliverAsync();
        for (var attempt = 2; attempt <= 10; attempt++)
        {
            await alerts.RetryAsync(low.EventId);
        }

        Assert.InRange(alerts.Time.GetUtcNow() - AlertsFixture.Start, TimeSpan.FromHours(75), TimeSpan.FromHours(91));
        var dead = Assert.Single((await alerts.Get<Metering.Alerts.ListAlerts>().ListDeadAsync(new ListDeadDeliveriesRequest(), TestContext.Current.CancellationToken)).Deliveries);
        Assert.Equal((DeliveryState.Dead, 10, "The receiver answered 503."), (dead.State, dead.Attempts, dead.LastError));

        var replay = new ReplayDeliveryRequest { DeliveryId = dead.DeliveryId, IdempotencyKey = AlertsFixture.Key() };
        Assert.Equal(DeliveryState.Pending, (await alerts.Get<ReplayDelivery>().RunAsync(replay, TestContext.Current.CancellationToken)).State);
        Assert.Equal(1, await alerts.DeliverAsync());
        Assert.Equal(DeliveryState.Delivered, (await alerts.DeliveryAsync(low.EventId)).State);
        Assert.Equal(11, receiver.Messages.Count);
        Assert.Single(receiver.Messages.Select(message => message.Id).Distinct());
    }

    [Fact(Timeout = 300_000)]
    public async Task Attempt_that_a_bug_breaks_off_has_failed_and_the_next_one_has_its_turn()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url);
        var low = await alerts.RaiseAsync();
        await alerts.SetTargetsAsync("http://[no url");
        Assert.Equal(1, await alerts.DeliverAsync());
        var delivery = await alerts.DeliveryAsync(low.EventId);
        Assert.Equal((DeliveryState.Pending, 1, "Sending it broke off; Metering's log says why."), (delivery.State, delivery.Attempts, delivery.LastError));

        await alerts.SetTargetsAsync(receiver.Url);
        await alerts.RetryAsync(low.EventId);
        Assert.Equal(DeliveryState.Delivered, (await alerts.DeliveryAsync(low.EventId)).State);
    }

    [Fact(Timeout = 300_000)]
    public async Task Private_address_is_refused_when_it_is_not_allowed_and_nothing_is_sent()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal));
        var low = await alerts.RaiseAsync();
        await using var strict = alerts.Metering.Another(alerts.Time);

        Assert.Equal(1, await strict.Get<DeliverDue>().RunAsync((await alerts.DeliveryAsync(low.EventId)).ChannelId, TestContext.Current.CancellationToken));

        Assert.Empty(receiver.Messages);
        var delivery = await alerts.DeliveryAsync(low.EventId);
        Assert.Equal(DeliveryState.Dead, delivery.State);
        Assert.Contains("Alerts__AllowedNetworks", delivery.LastError, StringComparison.Ordinal);
    }
}
