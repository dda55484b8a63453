using Aspire.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Platform.NativeHost.Engine;

namespace Platform.NativeHost;

/// <summary>What only the native engine can tell, for tests that kill processes.</summary>
public static class NativeProcesses
{
    /// <returns>The process ids of the resource's replicas that run now.</returns>
    public static IReadOnlyList<int> Of(DistributedApplication app, string resourceName) =>
        app.Services.GetRequiredService<Orchestrator>().FindRunner(resourceName)?.ProcessIds
        ?? throw new ArgumentException($"There is no resource '{resourceName}' that runs as a process.", nameof(resourceName));
}
