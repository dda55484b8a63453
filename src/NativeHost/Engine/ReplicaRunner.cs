using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Platform.NativeHost.Engine;

/// <summary>
/// Keeps one process running: start it, probe it until it is healthy, watch it until its end, start it again after a crash or when it hangs. A process that
/// crashes <see cref="CrashesBeforeGivingUp"/> times without ever having been healthy has failed to start.
/// </summary>
internal sealed class ReplicaRunner(
    string resourceName,
    int replica,
    Launcher launcher,
    ProcessGroup processes,
    LogStream logs,
    TimeProvider time,
    IConfiguration configuration,
    bool endsByItself,
    Action<ResourceSnapshot> publish)
{
    private const int CrashesBeforeGivingUp = 5;

    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ComplaintInterval = TimeSpan.FromSeconds(30);

    /// <summary>One that answers nothing will hardly hear that it is to end: calls that it may still drain have had two minutes.</summary>
    private static readonly TimeSpan HungLimit = TimeSpan.FromSeconds(10);

    private readonly HealthWatch _watch = new(resourceName, replica, launcher, logs, time, configuration, publish);
    private volatile ManagedProcess? _process;

    public int? ProcessId => _process is { Exited.IsCompleted: false } process ? process.Id : null;

    /// <summary>Returns when the process has ended for good or <paramref name="stopping"/> was cancelled and it has been stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var backOff = new RestartBackOff();
        var everHealthy = false;
        while (true)
        {
            publish(new ResourceSnapshot(KnownResourceStates.Starting, IsHealthy: false));
            var startedAt = time.GetTimestamp();
            await launcher.PrepareAsync(stopping);
            var spec = await launcher.DescribeAsync(replica, stopping);
            int exitCode;
            bool hangs;
            string lastLine;
            await using (var process = processes.Start(resourceName, spec))
            {
                _process = process;
                publish(new ResourceSnapshot(KnownResourceStates.Running, IsHealthy: false));
                everHealthy |= await BecomesHealthyAsync(process, stopping);
                hangs = await _watch.WaitAsync(process, stopping);
                if (hangs)
                {
                    await process.StopAsync(HungLimit);
                }

                exitCode = await process.Exited.WaitAsync(stopping);
                lastLine = process.LastLine;
            }

            // One that was ended because it hangs may say 0; that is not somebody's wish that it ends.
            if (!hangs && (exitCode == 0 || endsByItself))
            {
                publish(new ResourceSnapshot(KnownResourceStates.Finished, IsHealthy: false, exitCode));
                return;
            }

            publish(new ResourceSnapshot(KnownResourceStates.Exited, IsHealthy: false, exitCode));
            var delay = backOff.NextDelay(time.GetElapsedTime(startedAt));
            if (!everHealthy && backOff.CrashesInARow >= CrashesBeforeGivingUp)
            {
                throw new DistributedApplicationException($"ended {CrashesBeforeGivingUp} times with code {exitCode}, last line: {lastLine}");
            }

            logs.Say($"{resourceName} ended with code {exitCode} and is started again in {delay.TotalSeconds:0.#} s");
            await Task.Delay(delay, time, stopping);
        }
    }

    private async Task<bool> BecomesHealthyAsync(ManagedProcess process, CancellationToken stopping)
    {
        var complainedAt = time.GetTimestamp();
        while (!process.Exited.IsCompleted)
        {
            var probe = await launcher.ProbeAsync(replica, stopping);
            if (probe.IsHealthy)
            {
                await launcher.BecameHealthyAsync(stopping);
                publish(new ResourceSnapshot(KnownResourceStates.Running, IsHealthy: !process.Exited.IsCompleted));
                return true;
            }

            if (time.GetElapsedTime(complainedAt) >= ComplaintInterval)
            {
                complainedAt = time.GetTimestamp();
                logs.Say($"{resourceName} is still not healthy: {probe.Complaint}");
            }

            await Task.WhenAny(process.Exited, Task.Delay(ProbeInterval, time, stopping));
            stopping.ThrowIfCancellationRequested();
        }

        return false;
    }
}
