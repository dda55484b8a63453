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
    private readonly RestartBackOff _backOff = new();
    private volatile ManagedProcess? _process;
    private bool _everHealthy;

    public int? ProcessId => _process is { Exited.IsCompleted: false } process ? process.Id : null;

    /// <summary>Returns when the process has ended for good or <paramref name="stopping"/> was cancelled and it has been stopped.</summary>
    /// <exception cref="DistributedApplicationException">It has failed to start.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            publish(new ResourceSnapshot(KnownResourceStates.Starting, IsHealthy: false));
            var startedAt = time.GetTimestamp();
            ResourceSnapshot failure;
            string what;
            try
            {
                var end = await RunOnceAsync(stopping);

                // One that was ended because it hangs may say 0; that is not somebody's wish that it ends.
                if (!end.Hangs && (end.ExitCode == 0 || endsByItself))
                {
                    publish(new ResourceSnapshot(KnownResourceStates.Finished, IsHealthy: false, end.ExitCode));
                    return;
                }

                failure = new ResourceSnapshot(KnownResourceStates.Exited, IsHealthy: false, end.ExitCode, Reason: end.LastLine);
                what = $"ended with code {end.ExitCode}";
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested && MayPass(exception))
            {
                failure = new ResourceSnapshot(KnownResourceStates.Exited, IsHealthy: false, Reason: exception.Message);
                what = $"could not be started ({exception.Message})";
            }

            publish(failure);
            var delay = _backOff.NextDelay(time.GetElapsedTime(startedAt));
            if (!_everHealthy && _backOff.CrashesInARow >= CrashesBeforeGivingUp)
            {
                throw new DistributedApplicationException(failure.ExitCode is { } code
                    ? $"ended {CrashesBeforeGivingUp} times with code {code}, last line: {failure.Reason}"
                    : $"could not be started {CrashesBeforeGivingUp} times: {failure.Reason}");
            }

            logs.Say($"{resourceName} {what} and is started again in {delay.TotalSeconds:0.#} s");
            await Task.Delay(delay, time, stopping);
        }
    }

    /// <summary>
    /// What an operator has to mend is final and named at once, such as a program that is missing; the rest, such as a full disk, may be over at the next try. What has been well once lacks nothing that an
    /// operator has to give it.
    /// </summary>
    private bool MayPass(Exception exception) => _everHealthy || exception is not DistributedApplicationException;

    private async Task<End> RunOnceAsync(CancellationToken stopping)
    {
        await launcher.PrepareAsync(stopping);
        var spec = await launcher.DescribeAsync(replica, stopping);
        await using var process = processes.Start(resourceName, spec);
        _process = process;
        publish(new ResourceSnapshot(KnownResourceStates.Running, IsHealthy: false));
        _everHealthy |= await BecomesHealthyAsync(process, stopping);
        var hangs = await _watch.WaitAsync(process, stopping);
        if (hangs)
        {
            await process.StopAsync(HungLimit);
        }

        return new End(await process.Exited.WaitAsync(stopping), hangs, process.LastLine);
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

    private readonly record struct End(int ExitCode, bool Hangs, string LastLine);
}
