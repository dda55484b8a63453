using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Platform.ServiceDefaults;

/// <summary>How every service of the platform runs and ends.</summary>
public static class ServiceRun
{
    /// <summary>Starts the service and returns when it has stopped.</summary>
    /// <returns>
    /// The process's exit code: 0 when it was told to stop, 1 when one of its loops failed. A loop that fails stops the host, which then returns as if it had been told to; whoever runs
    /// the process would take its end for a wish, and leave it down (decision 0118).
    /// </returns>
    public static async Task<int> RunServiceAsync(this WebApplication app)
    {
        await using (app)
        {
            // When a stop begins, nobody has told a loop to end yet, so one that is cancelled already has failed: something it waited for was given up. Later that can no longer be told.
            // What is registered last is called first, and the host's own word to the loops is registered while it starts.
            var hasFailed = false;
            app.Lifetime.ApplicationStarted.Register(() => app.Lifetime.ApplicationStopping.Register(
                () => hasFailed = Loops(app).Exists(loop => loop.ExecuteTask is { IsFaulted: true } or { IsCanceled: true })));
            await app.StartAsync();
            await app.WaitForShutdownAsync();
            return hasFailed || Loops(app).Exists(loop => loop.ExecuteTask is { IsFaulted: true }) ? 1 : 0;
        }
    }

    private static List<BackgroundService> Loops(WebApplication app) => [.. app.Services.GetServices<IHostedService>().OfType<BackgroundService>()];
}
