using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts;
using Platform.Metering.Prices;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering.Tests;

/// <summary>The service over a real connection: who may call what, and that every method answers.</summary>
public sealed class WireTests : IAsyncLifetime
{
    private MeteringFixture _metering = null!;
    private WebApplication _app = null!;
    private GrpcChannel _channel = null!;

    public async ValueTask InitializeAsync()
    {
        _metering = await MeteringFixture.CreateAsync();

        // Empty, because the service's own settings lie beside the test and name its well-known ports.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _metering.AddTo(builder.Services);
        builder.Services.AddSingleton<IKeyDirectory>(new RolesByName());
        builder.Services.AddPlatformGrpc();
        _app = builder.Build();
        _app.MapGrpcService<UsageService>();
        _app.MapGrpcService<PricesService>();
        _app.MapGrpcService<AlertsService>();
        await _app.StartAsync(TestContext.Current.CancellationToken);
        _channel = GrpcChannel.ForAddress(_app.Urls.Single());
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync();
        await _metering.DisposeAsync();
    }

    [Theory(Timeout = 60_000)]
    [InlineData(Role.Gateway, Funding.Leased, StatusCode.OK)]
    [InlineData(Role.Gateway, Funding.History, StatusCode.OK)]
    [InlineData(Role.Editor, Funding.External, StatusCode.OK)]
    [InlineData(Role.Owner, Funding.History, StatusCode.OK)]
    [InlineData(Role.BillingAdmin, Funding.Leased, StatusCode.OK)]
    [InlineData(Role.Editor, Funding.Leased, StatusCode.PermissionDenied)]
    [InlineData(Role.Viewer, Funding.History, StatusCode.PermissionDenied)]
    [InlineData(Role.Inference, Funding.External, StatusCode.PermissionDenied)]
    public async Task Record_asks_for_the_role_of_the_funding(Role role, Funding funding, StatusCode expected)
    {
        var usage = Events.New("one", with: usage => usage.Funding = funding);
        Assert.Equal(expected, await StatusAsync(() => Usage.RecordAsync(new RecordRequest { Events = { usage } }, As(role)).ResponseAsync));
        Assert.Equal(expected == StatusCode.OK ? 1 : 0, (await _metering.StreamAsync()).Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task Viewer_reads_everything_and_changes_nothing()
    {
        await _metering.RecordAsync(Events.New("one"));
        Assert.Equal(450_000, (await Usage.QuerySpendAsync(new QuerySpendRequest(), As(Role.Viewer))).Total.CostNanos);
        Assert.Equal("USD", (await Usage.GetRunRateAsync(new GetRunRateRequest(), As(Role.Viewer))).Currency);
        Assert.Single((await Usage.ListUsageAsync(new ListUsageRequest(), As(Role.Viewer))).Records);
        Assert.Contains((await Prices.ListPricesAsync(new ListPricesRequest { Provider = "openai" }, As(Role.Viewer))).Prices, price => price.Model == "gpt-4o-mini");
        Assert.Empty((await Prices.ListUnpricedAsync(new ListUnpricedRequest(), As(Role.Viewer))).Usage);
        var import = new ImportPricesRequest { Prices = { ListedPrice() } };
        Assert.Equal(PriceChangeKind.Added, Assert.Single((await Prices.ImportPricesAsync(import, As(Role.Viewer))).Changes).Kind);
        import.Apply = true;
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Prices.ImportPricesAsync(import, As(Role.Editor)).ResponseAsync));
        using var stream = Usage.StreamUsage(new StreamUsageRequest(), As(Role.Viewer));
        Assert.True(await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(450_000, stream.ResponseStream.Current.Cost.TotalNanos);
        Assert.False(await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Prices.SetPriceAsync(new SetPriceRequest(), As(Role.Editor)).ResponseAsync));
        Assert.Equal(StatusCode.InvalidArgument, await StatusAsync(() => Prices.SetPriceAsync(new SetPriceRequest(), As(Role.BillingAdmin)).ResponseAsync));
    }

    [Fact(Timeout = 60_000)]
    public async Task Only_services_watch_prices()
    {
        using var refused = Prices.WatchPrices(new WatchPricesRequest(), As(Role.Owner));
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => refused.ResponseStream.MoveNext(TestContext.Current.CancellationToken)));
        using var watch = Prices.WatchPrices(new WatchPricesRequest(), As(Role.Gateway));
        Assert.True(await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Contains(watch.ResponseStream.Current.Prices, price => price.Model == "gpt-4o-mini");
        Assert.Contains(watch.ResponseStream.Current.Aliases, alias => alias.Alias == "gpt-4o-mini-2024-07-18");
    }

    [Fact(Timeout = 60_000)]
    public async Task Viewer_reads_alerts_editor_acknowledges_and_billing_admin_decides_where_they_go()
    {
        Assert.Empty((await Alerts.ListAlertsAsync(new ListAlertsRequest(), As(Role.Viewer))).Alerts);
        Assert.Empty((await Alerts.ListChannelsAsync(new ListChannelsRequest(), As(Role.Viewer))).Channels);
        Assert.Empty((await Alerts.ListDeadDeliveriesAsync(new ListDeadDeliveriesRequest(), As(Role.Viewer))).Deliveries);
        Assert.Equal(StatusCode.NotFound, await StatusAsync(() => Alerts.GetAlertAsync(new GetAlertRequest { AlertId = "x" }, As(Role.Viewer)).ResponseAsync));
        var acknowledgement = new AcknowledgeAlertRequest { AlertId = Guid.Empty.ToString(), IdempotencyKey = "1" };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Alerts.AcknowledgeAlertAsync(acknowledgement, As(Role.Viewer)).ResponseAsync));
        Assert.Equal(StatusCode.NotFound, await StatusAsync(() => Alerts.AcknowledgeAlertAsync(acknowledgement, As(Role.Editor)).ResponseAsync));

        var creation = new CreateChannelRequest { Name = "pager", Type = ChannelType.Webhook, Target = "https://example.com/", IdempotencyKey = "1" };
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync(() => Alerts.CreateChannelAsync(creation, As(Role.Editor)).ResponseAsync));
        var channel = (await Alerts.CreateChannelAsync(creation, As(Role.BillingAdmin))).Channel.ChannelId;
        foreach (var (role, refused) in new[] { (Role.Editor, true), (Role.BillingAdmin, false) })
        {
            var statuses = new[]
            {
                await StatusAsync(() => Alerts.TestChannelAsync(new TestChannelRequest { ChannelId = channel, IdempotencyKey = "1" }, As(role)).ResponseAsync),
                await StatusAsync(() => Alerts.UpdateChannelAsync(new UpdateChannelRequest { ChannelId = channel, IdempotencyKey = "1" }, As(role)).ResponseAsync),
                await StatusAsync(() => Alerts.RotateChannelSecretAsync(new RotateChannelSecretRequest { ChannelId = channel, IdempotencyKey = "1" }, As(role)).ResponseAsync),
                await StatusAsync(() => Alerts.ReplayDeliveryAsync(new ReplayDeliveryRequest { DeliveryId = 1, IdempotencyKey = "1" }, As(role)).ResponseAsync),
                await StatusAsync(() => Alerts.RemoveChannelAsync(new RemoveChannelRequest { ChannelId = channel, IdempotencyKey = "1" }, As(role)).ResponseAsync),
            };
            Assert.All(statuses, status => Assert.Equal(refused ? StatusCode.PermissionDenied : StatusCode.OK, status));
        }
    }

    private static PriceRow ListedPrice() => new()
    {
        Provider = "p", Model = "m", Currency = "USD", InputPerMillion = 1, OutputPerMillion = 1, ReasoningPerMillion = 1, Source = "test",
    };

    private Usage.UsageClient Usage => new(_channel);

    private Contracts.Metering.V1.Prices.PricesClient Prices => new(_channel);

    private Contracts.Metering.V1.Alerts.AlertsClient Alerts => new(_channel);

    private static CallOptions As(Role role) =>
        new(new Metadata { { "authorization", $"Bearer {role}" } }, cancellationToken: TestContext.Current.CancellationToken);

    private static async Task<StatusCode> StatusAsync<T>(Func<Task<T>> call)
    {
        try
        {
            await call();
            return StatusCode.OK;
        }
        catch (RpcException exception)
        {
            return exception.StatusCode;
        }
    }

    /// <summary>A token is the name of the role that it has.</summary>
    private sealed class RolesByName : IKeyDirectory
    {
        public bool IsCurrent => true;

        public KeyStanding Find(string secret, out Caller? caller)
        {
            caller = Enum.TryParse<Role>(secret, out var role) ? new Caller("key_test", secret, role, "", "") : null;
            return caller is null ? KeyStanding.Unknown : KeyStanding.Usable;
        }
    }
}
