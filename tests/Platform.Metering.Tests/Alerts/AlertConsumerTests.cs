using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts;
using Platform.Metering.Alerts.Channels;
using Platform.Metering.Alerts.Delivery;
using Platform.ServiceDefaults.Messaging;
using Platform.Testing;

namespace Platform.Metering.Tests.Alerts;

/// <summary>From the broker to the receiver, with everything real that lies between.</summary>
public sealed class AlertConsumerTests
{
    private static readonly DateTimeOffset Now = AlertsFixture.Start;

    [Fact(Timeout = 600_000)]
    public async Task Every_event_published_twice_reaches_the_receiver_once()
    {
        var token = TestContext.Current.CancellationToken;
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var metering = await MeteringFixture.CreateAsync();
        using var host = await HostAsync(metering, token);
        await host.Services.GetRequiredService<ChangeChannel>().CreateAsync(
            new CreateChannelRequest { Name = "pager", Type = ChannelType.Webhook, Target = receiver.Url, IdempotencyKey = "1" }, "key_test", token);

        var bus = host.Services.GetRequiredService<IBus>();
        foreach (var message in Messages().SelectMany(message => new[] { message, message }))
        {
            await bus.Publish(message, message.GetType(), token);
        }

        foreach (var _ in Messages())
        {
            await receiver.ArrivedAsync();
        }

        await Eventually.TrueAsync(
            async () => await metering.ScalarAsync<long>("SELECT count(*) FROM alert_delivery WHERE state = 2") == 17, TimeSpan.FromSeconds(20), "seventeen deliveries");
        Assert.Equal(17, await metering.ScalarAsync<long>("SELECT count(*) FROM alert"));
        Assert.Equal(17, receiver.Messages.Count);
        Assert.Equal(17, receiver.Messages.Select(message => message.Id).Distinct().Count());
        await host.StopAsync(token);
    }

    private static async Task<IHost> HostAsync(MeteringFixture metering, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:messaging", (await TestRabbit.CreateVirtualHostAsync()).ToString())]);
        builder.AddPlatformMessaging((Queues.MeteringAlerts, typeof(AlertConsumer)));
        metering.AddTo(builder.Services);
        builder.Services.Configure<AlertOptions>(options => options.AllowedNetworks = "127.0.0.0/8");
        var host = builder.Build();
        await host.StartAsync(cancellationToken);
        return host;
    }

    private static object[] Messages() =>
    [
        Fixed(1, id => new WalletLow(id, "wal_a", "a", "", "", 20, 1, 100, "USD", Now)),
        Fixed(2, id => new WalletExhausted(id, "wal_a", "a", "", "", 0, 100, "USD", Now)),
        Fixed(3, id => new WalletOverdrawn(id, "wal_a", "a", "", "", 5, "USD", Now)),
        Fixed(4, id => new LeaseSuspended(id, id, "gateway-1", "wal_a", "a", 5, "USD", "silent", Now)),
        Fixed(5, id => new LedgerInconsistent(id, 1, "wal_a does not add up.", Now)),
        Fixed(6, id => new BudgetThresholdCrossed(
            id, "bud_1", "June", 1, new SpendScope(), Contracts.Events.BudgetBasis.Actual, 80, [], 100, 80, null, "USD", "month", "UTC", Now, Now.AddDays(30), false, Now)),
        Fixed(7, id => new SpendRateUnusual(
            id, "bud_1", "June", new SpendScope(), SpendRateWindow.Hour, Now, Now.AddHours(1), true, 90, 50, 40, 60, "USD", "UTC", Now)),
        Fixed(8, id => new ProviderMisconfigured(id, "openai", "openai/gpt-4o", "gpt-4o", "", "refused the gateway's key (401)", Now)),
        Fixed(9, id => new BatchCompleted(id, id, "a", "key_1", "nightly.jsonl", "scheduled", 480, 15, 5, 0, Now)),
        Fixed(10, id => new PolicyUnusable(id, 12, 11, "gateway-1", "This machine does not know the time zone 'Mars/Olympus'.", Now)),
        Fixed(11, id => new PolicyUnusable(id, 12, 12, "gateway-1", "Target 'openai/a' names the service tier batch.", Now)),
        Fixed(12, id => new MessagesDead(id, "wallet", Queues.WalletUsageMetered, "Platform.Contracts.Events:UsageMetered", "Npgsql.PostgresException", 3, 12, Now)),
        Fixed(13, id => new UsageUnshipped(id, ["gw-a", "gw-b"], 5_000, Now.AddMinutes(-11), Now)),
        Fixed(14, id => new UsageRefused(id, "gw-a", 1, Now)),
        Fixed(15, id => new ExportFailed(id, id, "weekly", Now, Now.AddDays(-7), Now, 5, false, "Metering does not answer (Unavailable): refused", Now)),
        Fixed(16, id => new ExportFailed(id, id, "weekly", Now, Now.AddDays(-7), Now, 1, true, "Metering refuses (FailedPrecondition): records are no longer kept.", Now)),
        Fixed(17, id => new ExportIncomplete(id, id, "weekly", Now, Now.AddDays(-40), Now.AddDays(-30), Now.AddDays(-7), Now)),
    ];

    private static object Fixed(byte number, Func<Guid, object> make) => make(new Guid([number, .. new byte[15]]));
}
