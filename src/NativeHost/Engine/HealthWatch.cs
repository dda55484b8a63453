using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Platform.NativeHost.Engine;

/// <summary>Goes on asking a process for its health after it has been healthy once, tells what changes, and finds out when it hangs.</summary>
internal sealed class HealthWatch(
    string resourceName, int replica, Launcher launcher, LogStream logs, TimeProvider time, IConfiguration configuration, Action<ResourceSnapshot> publish)
{
    /// <summary>Configuration: after how many seconds of silence a process is ended and started again; 0 for never, to stop one in a debugger.</summary>
    public const string HungAfterKey = "NativeHost:RestartHungAfterSeconds";

    /// <summary>Seconds; long beyond what a collection of garbage, a busy machine or a slow disk keeps a process from answering.</summary>
    private const int DefaultHungAfterSeconds = 120;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Counted in questions rather than by the clock: an engine that did not run for two minutes itself has asked nothing. A question without an answer takes as long as the pause before it.
    /// </summary>
    private readonly int _hungAfterProbes = HungAfter(configuration) switch
    {
        0 => int.MaxValue,
        var seconds => (int)Math.Ceiling(seconds / (Interval + ProgramLauncher.AnswerLimit).TotalSeconds),
    };

    /// <summary>Seconds; 0 for never.</summary>
    /// <exception cref="DistributedApplicationException">What is set is no number, or out of range.</exception>
    public static int HungAfter(IConfiguration configuration) => configuration[HungAfterKey] is not { Length: > 0 } given ? DefaultHungAfterSeconds
        : int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= 86_400 ? seconds
        : throw new DistributedApplicationException($"{HungAfterKey} must be 1 to 86400 seconds, or 0 for never; it is '{given}'.");

    /// <summary>Returns when the process has ended (false), or hangs and should be (true).</summary>
    public async Task<bool> WaitAsync(ManagedProcess process, CancellationToken stopping)
    {
        var silent = 0;
        long? unwellSince = null;
        while (true)
        {
            await Task.WhenAny(process.Exited, Task.Delay(Interval, time, stopping));
            stopping.ThrowIfCancellationRequested();
            if (process.Exited.IsCompleted)
            {
                return false;
            }

            var probe = await ProbeAsync(stopping);
            if (process.Exited.IsCompleted)
            {
                return false;
            }

            unwellSince = Tell(probe, unwellSince);
            silent = probe.IsSilent ? silent + 1 : 0;
            if (silent >= _hungAfterProbes)
            {
                logs.Say($"{resourceName} hangs and is ended: {probe.Complaint}, {silent} times in a row");
                return true;
            }
        }
    }

    /// <summary>A question that cannot be asked (no process or socket to be had) says nothing of who was to answer it.</summary>
    private async Task<Probe> ProbeAsync(CancellationToken stopping)
    {
        try
        {
            return await launcher.ProbeAsync(replica, stopping);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            return new Probe($"its health cannot be asked: {exception.Message}");
        }
    }

    /// <summary>Publishes what differs from before.</summary>
    /// <returns>Since when it has not been well; null when it is.</returns>
    private long? Tell(Probe probe, long? unwellSince)
    {
        if (!probe.IsHealthy && unwellSince is null)
        {
            logs.Say($"{resourceName} is not healthy any more: {probe.Complaint}");
            publish(new ResourceSnapshot(KnownResourceStates.Running, IsHealthy: false, Reason: probe.Complaint));
            return time.GetTimestamp();
        }

        if (probe.IsHealthy && unwellSince is { } since)
        {
            logs.Say($"{resourceName} is healthy again after {time.GetElapsedTime(since).TotalSeconds:0} s");
            publish(new ResourceSnapshot(KnownResourceStates.Running, IsHealthy: true));
            return null;
        }

        return unwellSince;
    }
}
