using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Platform.Metering.Alerts;
using Platform.Metering.Budgets;
using Platform.Metering.DeniedDemand;
using Platform.Metering.Imports;
using Platform.Metering.Periods;
using Platform.Metering.Prices;
using Platform.Metering.Teams;
using Platform.Metering.Waste;
using Platform.Metering.Workloads;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;
using Platform.Testing;

namespace Platform.Metering.Tests;

/// <summary>The service's gRPC over a real connection, for callers who are named by their role.</summary>
internal sealed class MeteringWire : IAsyncDisposable
{
    private readonly WebApplication _app;

    private MeteringWire(WebApplication app, MeteringFixture metering) => (_app, Metering, Channel) = (app, metering, GrpcChannel.ForAddress(app.Urls.Single()));

    /// <summary>What answers, with its database.</summary>
    public MeteringFixture Metering { get; }

    public GrpcChannel Channel { get; }

    public static async Task<MeteringWire> StartAsync(RolesByName keys, CancellationToken cancellationToken, ITeamSource? teams = null)
    {
        var metering = await MeteringFixture.CreateAsync(configure: services => _ = teams is null ? services : services.AddSingleton(teams));

        // Empty, because the service's own settings lie beside the test and name its well-known ports.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        metering.AddTo(builder.Services);
        builder.Services.AddSingleton<IKeyDirectory>(keys);
        builder.Services.AddPlatformGrpc();
        builder.Services.TakeBatches<UsageService>();
        var app = builder.Build();
        app.UsePlatformGrpc();
        app.MapGrpcService<UsageService>();
        app.MapGrpcService<PricesService>();
        app.MapGrpcService<PeriodsService>();
        app.MapGrpcService<WorkloadsService>();
        app.MapGrpcService<WasteService>();
        app.MapGrpcService<DemandService>();
        app.MapGrpcService<AlertsService>();
        app.MapGrpcService<ImportsService>();
        app.MapGrpcService<BudgetsService>();
        await app.StartAsync(cancellationToken);
        return new MeteringWire(app, metering);
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _app.DisposeAsync();
        await Metering.DisposeAsync();
    }
}
