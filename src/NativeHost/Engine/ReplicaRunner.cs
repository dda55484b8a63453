using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Platform.NativeHost.Engine;

/// <summary>
/// Keeps one process running: start it, probe it until it is healthy, wait for its end, start it again after a crash. A process that
/// crashes <see cref="CrashesBeforeGivingUp"/> times without ever having been healthy has failed to start.
/// </summary>
internal sealed class ReplicaRunner(
    string resourceName,
    int replica,
    Launcher launcher,
    ProcessGroup processes,
    LogStream logs,
    TimeProvider time,
    bool endsByItself,
    Action<ResourceSnapshot> publish)
{
    private const int CrashesBeforeGivingUp = 5;

    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ComplaintInterval = TimeSpan.FromSeconds(30);

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
            string lastLine;
            await using (var process = processes.Start(resourceName, spec))
            {
                _process = process;
                publish(new ResourceSnapshot(KnownResourceStates.Running, IsHealthy: false));
                everHealthy |= await BecomesHealthyAsync(process, stopping);
                exitCode = await process.Exited.WaitAsync(stopping);
                lastLine = process.LastLine;
            }

            if (exitCode == 0 || endsByItself)
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
            var complaint = await launcher.ProbeAsync(replica, stopping);
            if (complaint is null)
            {
                await launcher.BecameHealthyAsync(stopping);
                publish(new ResourceSnapshot(KnownResourceStates.Running, IsHealthy: !process.Exited.IsCompleted));
                return true;
            }

            if (time.GetElapsedTime(complainedAt) >= ComplaintInterval)
            {
                complainedAt = time.GetTimestamp();
                logs.Say($"{resourceName} is still not healthy: {complaint}");
            }

            await Task.WhenAny(process.Exited, Task.Delay(ProbeInterval, time, stopping));
            stopping.ThrowIfCancellationRequested();
        }

        return false;
    }
}
