using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Routing.Calls;
using Platform.Routing.Scheduled;
using Platform.Testing;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>A real server of the paths of batches alone, on a port of its own.</summary>
internal static class BatchServer
{
    /// <summary>One that lists batches and hands out their results, and takes none.</summary>
    public static Task<WebApplication> StartAsync(NpgsqlDataSource dataSource, ScheduledOptions scheduled, CancellationToken cancellationToken)
    {
        var options = Options.Create(scheduled);
        return StartAsync(
            new BatchEndpoints(
                new RolesByName(), null!, new BatchStore(dataSource), new ResultSlots(options), null!, null!, options, Options.Create(new GatewayOptions()), TimeProvider.System),
            cancellationToken);
    }

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
