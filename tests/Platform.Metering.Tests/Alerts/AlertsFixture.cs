using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts;
using Platform.Metering.Alerts.Channels;
using Platform.Metering.Alerts.Delivery;

namespace Platform.Metering.Tests.Alerts;

/// <summary>The service with alerts that may go to the loopback, on a clock that stands still.</summary>
internal sealed class AlertsFixture : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);

    private readonly Action<AlertOptions>? _configure;

    private AlertsFixture(MeteringFixture metering, FakeTimeProvider time, Action<AlertOptions>? configure) => (Metering, Time, _configure) = (metering, time, configure);

    public MeteringFixture Metering { get; }

    public FakeTimeProvider Time { get; }

    public static async Task<AlertsFixture> CreateAsync(Action<AlertOptions>? configure = null)
    {
        var time = new FakeTimeProvider(Start);
        return new AlertsFixture(await MeteringFixture.CreateAsync(time, configure: services => Configure(services, configure)), time, configure);
    }

    /// <summary>Another process on the same database and clock.</summary>
    public AlertsFixture Another() => new(Metering.Another(Time, services => Configure(services, _configure)), Time, _configure);

    public T Get<T>()
        where T : notnull => Metering.Get<T>();

    public async Task<ChannelWithSecret> ChannelAsync(ChannelType type, string target, Action<CreateChannelRequest>? with = null)
    {
        var request = new CreateChannelRequest { Name = $"c{Guid.CreateVersion7():N}", Type = type, Target = target, IdempotencyKey = Key() };
        with?.Invoke(request);
        return await Get<ChangeChannel>().CreateAsync(request, "key_test", TestContext.Current.CancellationToken);
    }

    /// <summary>Gives every channel a target that nobody checked, as an older version may have left one.</summary>
    public Task SetTargetsAsync(string target) => Metering.ScalarAsync<long>(
        $"WITH changed AS (UPDATE alert_channel SET target = '{target}' RETURNING 1) SELECT count(*) FROM changed");

    /// <summary>Raises the alert of a wallet that fell below a level.</summary>
    public async Task<WalletLow> RaiseAsync(int level = 20, string team = "team_support")
    {
        var low = Low(level, team);
        Assert.True(await RaiseAsync(low));
        return low;
    }

    public Task<bool> RaiseAsync(WalletLow low) => Get<RaiseAlert>().FromMessageAsync(AlertOf.WalletLow(low), TestContext.Current.CancellationToken);

    public static WalletLow Low(int level = 20, string team = "team_support") => new(
        Guid.CreateVersion7(), $"wal_{team}", team, "", "", level, 12_345_678_901, 100_000_000_000, "USD", Start);

    /// <summary>Sends what is due now; answers how many attempts were made.</summary>
    public async Task<int> DeliverAsync()
    {
        var attempts = 0;
        foreach (var channelId in await Get<DeliveryStore>().ListDueChannelsAsync(Time.GetUtcNow(), TestContext.Current.CancellationToken))
        {
            attempts += await Get<DeliverDue>().RunAsync(channelId, TestContext.Current.CancellationToken);
        }

        return attempts;
    }

    /// <summary>Lets time pass until the delivery's next attempt is due, and makes it.</summary>
    public async Task RetryAsync(Guid alertId)
    {
        var next = (await DeliveryAsync(alertId)).NextAttemptAt.ToDateTimeOffset();
        Time.Advance(next - Time.GetUtcNow());
        Assert.Equal(1, await DeliverAsync());
    }

    public async Task<Alert> AlertAsync(Guid alertId) =>
        await Get<ListAlerts>().GetAsync(new GetAlertRequest { AlertId = alertId.ToString() }, TestContext.Current.CancellationToken);

    public async Task<AlertDelivery> DeliveryAsync(Guid alertId) => Assert.Single((await AlertAsync(alertId)).Deliveries);

    public static string Key() => Guid.CreateVersion7().ToString();

    public ValueTask DisposeAsync() => Metering.DisposeAsync();

    private static void Configure(IServiceCollection services, Action<AlertOptions>? configure) => services.Configure<AlertOptions>(options =>
    {
        options.AllowedNetworks = "127.0.0.0/8";
        configure?.Invoke(options);
    });
}
