using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts;
using Platform.Metering.Alerts.Delivery;
using Platform.Testing;

namespace Platform.Metering.Tests.Alerts;

/// <summary>One crossing is one alert and one message a channel: told twice, by several replicas, through restarts.</summary>
public sealed class OnceTests
{
    [Fact(Timeout = 300_000)]
    public async Task Crossing_told_by_many_at_once_is_one_alert_and_one_message_a_channel()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var alerts = await AlertsFixture.CreateAsync();
        await using var another = alerts.Another();
        var channels = new[] { await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url), await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url) };
        var low = AlertsFixture.Low();

        var raised = await Task.WhenAll(Enumerable.Range(0, 16).Select(number => (number % 2 == 0 ? alerts : another).RaiseAsync(low)));
        Assert.Single(raised, written => written);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(number => (number % 2 == 0 ? alerts : another).DeliverAsync()));

        Assert.Equal(2, receiver.Messages.Count);
        Assert.All(channels, channel => Assert.Single(receiver.Messages, message => message.IsSignedBy(channel.Secret)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Gateway_that_is_lost_with_a_thousand_leases_is_told_once_an_hour_for_a_team_and_a_reason()
    {
        await using var alerts = await AlertsFixture.CreateAsync();
        await SuspendAsync("gateway-1", "team_support", "holder silent", AlertsFixture.Start);
        await SuspendAsync("gateway-1", "team_support", "holder silent", AlertsFixture.Start.AddMinutes(59));
        Assert.Equal(1, await alerts.Metering.ScalarAsync<long>("SELECT count(*) FROM alert"));

        await SuspendAsync("gateway-1", "team_support", "holder silent", AlertsFixture.Start.AddMinutes(60));
        await SuspendAsync("gateway-1", "team_support", "journal incomplete", AlertsFixture.Start);
        await SuspendAsync("gateway-1", "team_search", "holder silent", AlertsFixture.Start);
        await SuspendAsync("gateway-2", "team_support", "holder silent", AlertsFixture.Start);
        Assert.Equal(5, await alerts.Metering.ScalarAsync<long>("SELECT count(*) FROM alert"));

        Task SuspendAsync(string gateway, string team, string reason, DateTimeOffset at) => alerts.Get<RaiseAlert>().FromMessageAsync(
            AlertOf.LeaseSuspended(new(Guid.CreateVersion7(), Guid.CreateVersion7(), gateway, "wal_user", team, 5, "USD", reason, at)), TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 600_000)]
    public async Task Two_replicas_share_many_alerts_and_send_each_once()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var alerts = await AlertsFixture.CreateAsync();
        await using var another = alerts.Another();
        await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url);
        for (var number = 0; number < 60; number++)
        {
            await alerts.RaiseAsync();
        }

        // One that is quick would have sent all before the other has a connection.
        receiver.AnswerTogether();
        var attempts = await Task.WhenAll(alerts.DeliverAsync(), another.DeliverAsync());

        Assert.Equal(60, attempts.Sum());
        Assert.DoesNotContain(0, attempts);
        Assert.Equal(60, receiver.Messages.Select(message => message.Id).Distinct().Count());
        Assert.Equal(60, receiver.Messages.Count);
    }

    [Fact(Timeout = 300_000)]
    public async Task Retry_schedule_goes_on_after_a_restart()
    {
        await using var receiver = (await WebhookReceiver.StartAsync()).Answer(500).Answer(500);
        var first = await AlertsFixture.CreateAsync();
        await first.ChannelAsync(ChannelType.Webhook, receiver.Url);
        var low = await first.RaiseAsync();
        await first.DeliverAsync();
        await first.RetryAsync(low.EventId);
        await using var next = first.Another();
        await first.DisposeAsync();

        Assert.Equal(0, await next.DeliverAsync());
        await next.RetryAsync(low.EventId);

        Assert.Equal((DeliveryState.Delivered, 3), ((await next.DeliveryAsync(low.EventId)).State, (await next.DeliveryAsync(low.EventId)).Attempts));
        Assert.Equal(3, receiver.Messages.Count);
    }

    [Fact(Timeout = 300_000)]
    public async Task What_a_dead_replica_had_claimed_is_taken_over_when_its_claim_ends()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url);
        var low = await alerts.RaiseAsync();
        var channelId = (await alerts.DeliveryAsync(low.EventId)).ChannelId;

        // It dies between its claim and its answer.
        var now = alerts.Time.GetUtcNow();
        Assert.NotNull(await alerts.Get<DeliveryStore>().ClaimAsync(channelId, now, now.AddMinutes(3), TestContext.Current.CancellationToken));
        Assert.Equal(0, await alerts.DeliverAsync());
        alerts.Time.Advance(TimeSpan.FromMinutes(3));

        Assert.Equal(1, await alerts.DeliverAsync());
        Assert.Equal(2, (await alerts.DeliveryAsync(low.EventId)).Attempts);
        Assert.Single(receiver.Messages);
    }

    [Fact(Timeout = 300_000)]
    public async Task Late_word_of_a_replica_whose_claim_was_taken_over_changes_nothing()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url);
        var low = await alerts.RaiseAsync();
        var channelId = (await alerts.DeliveryAsync(low.EventId)).ChannelId;
        var now = alerts.Time.GetUtcNow();
        var late = (await alerts.Get<DeliveryStore>().ClaimAsync(channelId, now, now.AddMinutes(3), TestContext.Current.CancellationToken))!;
        alerts.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(1, await alerts.DeliverAsync());

        await using var connection = await alerts.Metering.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        Assert.False(await DeliveryStore.EndFailedAsync(transaction, late, null, "late", now, TestContext.Current.CancellationToken));
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(DeliveryState.Delivered, (await alerts.DeliveryAsync(low.EventId)).State);
    }

    [Fact(Timeout = 300_000)]
    public async Task Database_that_goes_away_as_a_message_has_arrived_has_none_sent_twice()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url);
        var low = await alerts.RaiseAsync();
        await LoseConnectionsAsync(alerts, times: 2);

        var sending = alerts.DeliverAsync();
        await LostAsync(alerts);
        await Eventually.TrueAsync(
            () =>
            {
                alerts.Time.Advance(TimeSpan.FromMilliseconds(100));
                return Task.FromResult(sending.IsCompleted);
            }, TimeSpan.FromSeconds(40), "the delivery to be noted");
        Assert.Equal(1, await sending);
        Assert.Equal((DeliveryState.Delivered, 1), ((await alerts.DeliveryAsync(low.EventId)).State, (await alerts.DeliveryAsync(low.EventId)).Attempts));

        alerts.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(0, await alerts.DeliverAsync());
        Assert.Single(receiver.Messages);
    }

    [Fact(Timeout = 300_000)]
    public async Task Database_that_stays_away_ends_the_wait_with_the_claim()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.ChannelAsync(ChannelType.Webhook, receiver.Url);
        await alerts.RaiseAsync();
        await LoseConnectionsAsync(alerts, times: 1_000);

        var sending = alerts.DeliverAsync();
        await LostAsync(alerts);
        await Eventually.TrueAsync(
            () =>
            {
                alerts.Time.Advance(TimeSpan.FromSeconds(10));
                return Task.FromResult(sending.IsCompleted);
            }, TimeSpan.FromSeconds(40), "the sender to give up noting it");
        await Assert.ThrowsAnyAsync<Npgsql.NpgsqlException>(() => sending);
    }

    /// <summary>The server ends the connection that a delivery is to be noted on, so often.</summary>
    private static async Task LoseConnectionsAsync(AlertsFixture alerts, int times)
    {
        await using var command = alerts.Metering.Database.CreateCommand($"""
            CREATE SEQUENCE lost;
            CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('lost') <= {times} THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER lose BEFORE UPDATE ON alert_delivery FOR EACH ROW WHEN (NEW.state = 2) EXECUTE FUNCTION lose();
            """);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until the first connection is lost. The clock stands still so long: the receiver has its time to answer by it.</summary>
    private static Task LostAsync(AlertsFixture alerts) => Eventually.TrueAsync(
        async () =>
        {
            await using var command = alerts.Metering.Database.CreateCommand("SELECT is_called FROM lost");
            return (bool)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        }, TimeSpan.FromSeconds(40), "the connection to be lost");

    [Fact(Timeout = 300_000)]
    public async Task Receiver_that_hangs_keeps_no_other_channel_waiting()
    {
        await using var slow = (await WebhookReceiver.StartAsync()).Hang();
        await using var quick = await WebhookReceiver.StartAsync();
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.ChannelAsync(ChannelType.Webhook, slow.Url);
        await alerts.ChannelAsync(ChannelType.Webhook, quick.Url);
        using var deliver = alerts.Metering.Hosted<DeliverAlerts>();
        await deliver.StartAsync(TestContext.Current.CancellationToken);

        await alerts.RaiseAsync();
        await slow.ArrivedAsync();
        await quick.ArrivedAsync();
        await alerts.RaiseAsync();
        await quick.ArrivedAsync();

        Assert.Single(slow.Messages);
        alerts.Time.Advance(TimeSpan.FromSeconds(20));
        await deliver.StopAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => Task.FromResult(quick.Messages.Count == 2), TimeSpan.FromSeconds(10), "two messages at the quick receiver");
    }
}
