using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Platform.Routing.Scheduled;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>A real server of the paths of batches alone, on a port of its own.</summary>
internal static class BatchServer
{
    public static async Task<WebApplication> StartAsync(BatchEndpoints endpoints, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.Services.AddSingleton(endpoints);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        BatchEndpoints.Map(app);
        await app.StartAsync(cancellationToken);
        return app;
    }
}
