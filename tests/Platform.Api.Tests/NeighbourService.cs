using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Platform.Api.Tests;

/// <summary>A service behind the API that answers what a test says, over gRPC on a free port.</summary>
internal static class NeighbourService
{
    /// <summary>The caller disposes it; its address is the only one of <see cref="WebApplication.Urls"/>.</summary>
    public static async Task<WebApplication> StartAsync<TService>(TService service, CancellationToken cancellationToken)
        where TService : class
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(service);
        var app = builder.Build();
        app.MapGrpcService<TService>();
        await app.StartAsync(cancellationToken);
        return app;
    }
}
