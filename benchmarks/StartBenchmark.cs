using System.Diagnostics;
using Aspire.Hosting;
using Platform.AppHost;

namespace Platform.Benchmarks;

/// <summary>
/// Starts the AppHost as its own process until it says ready: on an empty data directory (cold), then twice on the kept one (warm). The baseline is the
/// two servers alone, started by the same engine.
/// </summary>
internal static class StartBenchmark
{
    public static async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        var data = Directory.CreateTempSubdirectory("kt-bench-start-").FullName;
        var serverData = Directory.CreateTempSubdirectory("kt-bench-servers-").FullName;
        try
        {
            var serversCold = await StartServersAsync(serverData, cancellationToken);
            var serversWarm = await StartServersAsync(serverData, cancellationToken);
            var (cold, _) = await StartPlatformAsync(data, cancellationToken);
            var first = await StartPlatformAsync(data, cancellationToken);
            var second = await StartPlatformAsync(data, cancellationToken);
            return
            [
                new Figure("cold", cold, "s", serversCold, "PostgreSQL and RabbitMQ alone"),
                new Figure("warm", Math.Min(first.Seconds, second.Seconds), "s", serversWarm, "PostgreSQL and RabbitMQ alone"),
                new Figure("memory", second.MemoryMiB, "MiB"),
            ];
        }
        finally
        {
            Directory.Delete(data, recursive: true);
            Directory.Delete(serverData, recursive: true);
        }
    }

    private static async Task<double> StartServersAsync(string data, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var builder = DistributedApplication.CreateBuilder([$"--DataDirectory={data}"]);
        builder.AddPostgres(ResourceNames.Postgres).WithDataVolume();
        builder.AddRabbitMQ(ResourceNames.Messaging).WithDataVolume();
        await using var app = builder.Build();
        await app.StartAsync(cancellationToken);
        await app.ResourceNotifications.WaitForResourceHealthyAsync(ResourceNames.Postgres, cancellationToken);
        await app.ResourceNotifications.WaitForResourceHealthyAsync(ResourceNames.Messaging, cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await app.StopAsync(cancellationToken);
        return seconds;
    }

    private static async Task<(double Seconds, double MemoryMiB)> StartPlatformAsync(string data, CancellationToken cancellationToken)
    {
        var appHost = typeof(Projects.AppHost).Assembly.Location;
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo("dotnet", [appHost, $"--DataDirectory={data}"]) { RedirectStandardOutput = true })!;
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, cancellationToken);
        var ready = Path.Combine(data, "run", "ready");
        while (!File.Exists(ready))
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"The AppHost ended with {process.ExitCode} before it was ready.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var memory = ProcessTree.MemoryOfDescendantsMiB(process.Id);
        using (Process.Start("kill", ["-TERM", process.Id.ToString()]))
        {
            await process.WaitForExitAsync(cancellationToken);
        }

        return (seconds, memory);
    }
}
