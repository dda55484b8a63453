using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;
using Platform.Testing;

namespace Platform.Forecast.Tests;

/// <summary>Some of the service's gRPC over a real connection, for callers who are named by their role.</summary>
internal sealed class ForecastWire : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ForecastWire(WebApplication app) => (_app, Channel) = (app, GrpcChannel.ForAddress(app.Urls.Single()));

    public GrpcChannel Channel { get; }

    /// <param name="add">What the services stand on.</param>
    /// <param name="map">The services.</param>
    public static async Task<ForecastWire> StartAsync(
        ForecastFixture forecast, Action<IServiceCollection> add, Action<WebApplication> map, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton<TimeProvider>(forecast.Time).AddSingleton<IKeyDirectory>(new RolesByName());
        add(builder.Services);
        builder.Services.AddPlatformGrpc();
        var app = builder.Build();
        app.UsePlatformGrpc();
        map(app);
        await app.StartAsync(cancellationToken);
        return new ForecastWire(app);
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _app.DisposeAsync();
    }
}
