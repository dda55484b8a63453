using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>A topology that can be started, watched and stopped.</summary>
public sealed class DistributedApplication : IHost, IAsyncDisposable
{
    private readonly IHost _host;
    private readonly bool _ownedByTest;

    internal DistributedApplication(IHost host, bool ownedByTest)
    {
        _host = host;
        _ownedByTest = ownedByTest;
    }

    public IServiceProvider Services => _host.Services;

    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    public ResourceCommandService ResourceCommands => Services.GetRequiredService<ResourceCommandService>();

    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) =>
        CreateBuilder(new DistributedApplicationOptions { Args = args });

    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) =>
        new DistributedApplicationBuilder(options);

    /// <summary>Starts everything and returns when the application was asked to stop and has stopped.</summary>
    /// <remarks>What keeps it from starting is told in one line on the error stream, and the exit code is 1.</remarks>
    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <inheritdoc cref="Run"/>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (_ownedByTest)
        {
            // The test starts, stops and disposes what the AppHost's Main has built.
            await Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopped.WaitAsync(cancellationToken);
            return;
        }

        try
        {
            await _host.RunAsync(cancellationToken);
        }
        catch (DistributedApplicationException exception)
        {
            await Console.Error.WriteLineAsync($"AppHost: {exception.Message}");
            Environment.ExitCode = 1;
        }
        finally
        {
            await DisposeAsync();
        }
    }

    /// <summary>Begins to start every resource in its order; returns before they are healthy.</summary>
    /// <exception cref="DistributedApplicationException">A server's package is missing, or the data directory is in use.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default) => _host.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
    }
}

internal static class CancellationTokenExtensions
{
    /// <summary>Completes when the token is cancelled; throws when <paramref name="abort"/> is cancelled first.</summary>
    public static async Task WaitAsync(this CancellationToken token, CancellationToken abort)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = token.Register(() => cancelled.TrySetResult());
        await cancelled.Task.WaitAsync(abort);
    }
}
