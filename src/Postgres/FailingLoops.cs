using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Platform.Postgres;

/// <summary>The loops of this process whose last look failed for what was in it, not for a database or a service that was away.</summary>
internal static class FailingLoops
{
    private static readonly Meter Meter = new("Platform.Loops");

    private static readonly Counter<long> Failures = Meter.CreateCounter<long>(
        "kt.loop.failures", "{look}", "Looks of the service's loops that failed for what was in them, by loop.");

    private static readonly ConcurrentDictionary<string, string> Messages = new();

    public static void Failed(string loop, Exception exception)
    {
        Failures.Add(1, new KeyValuePair<string, object?>("kt.loop", loop));
        Messages[loop] = exception.Message;
    }

    public static void Succeeded(string loop) => Messages.TryRemove(loop, out _);

    /// <summary>By loop, in the order of their names.</summary>
    public static IReadOnlyList<(string Loop, string Message)> All => [.. Messages.OrderBy(failing => failing.Key, StringComparer.Ordinal).Select(failing => (failing.Key, failing.Value))];
}

/// <summary>Degraded while a loop's last look failed for what was in it: all else of the service works.</summary>
internal sealed class LoopHealthCheck : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        FailingLoops.All is { Count: > 0 } failing
            ? HealthCheckResult.Degraded(string.Join(' ', failing.Select(loop => $"{loop.Loop} fails again and again, see the log: {loop.Message}")))
            : HealthCheckResult.Healthy());
}
