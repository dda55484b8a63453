using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Platform.NativeHost.Engine;

/// <summary>Starts one resource when what it waits for is there, runs its replicas, and tells their common state.</summary>
internal sealed class ResourceRunner(
    IResource resource,
    IReadOnlyList<WaitAnnotation> waits,
    Launcher launcher,
    ProcessGroup processes,
    LogStream logs,
    ResourceNotificationService notifications,
    TimeProvider time,
    IConfiguration configuration,
    bool endsByItself,
    Action changed)
{
    private readonly Lock _gate = new();
    private readonly int _replicas = Topology.ReplicasOf(resource);
    private ResourceSnapshot[] _snapshots = [];
    private IReadOnlyList<ReplicaRunner> _runners = [];
    private CancellationTokenSource? _stopping;
    private Task _running = Task.CompletedTask;

    public IResource Resource => resource;

    public IReadOnlyList<int> ProcessIds => [.. _runners.Select(r => r.ProcessId).OfType<int>()];

    /// <summary>True while the replica's health check passes.</summary>
    public bool IsHealthy(int replica)
    {
        lock (_gate)
        {
            return replica < _snapshots.Length && _snapshots[replica].IsHealthy;
        }
    }

    /// <summary>Begins to start; does nothing while it runs.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_running.IsCompleted)
            {
                _stopping = new CancellationTokenSource();
                _running = Task.Run(() => RunAsync(_stopping.Token));
            }
        }
    }

    public async Task StopAsync()
    {
        Task running;
        lock (_gate)
        {
            _stopping?.Cancel();
            running = _running;
        }

        await running;
        await launcher.StoppedAsync();
        notifications.Publish(resource.Name, new ResourceSnapshot(KnownResourceStates.Exited, IsHealthy: false));
        changed();
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            notifications.Publish(resource.Name, new ResourceSnapshot(KnownResourceStates.Waiting, IsHealthy: false));
            await Task.WhenAll(waits.Select(wait => WaitAsync(wait, stopping)));
            _snapshots = [.. Enumerable.Repeat(new ResourceSnapshot(KnownResourceStates.Starting, IsHealthy: false), _replicas)];
            _runners = [.. Enumerable.Range(0, _replicas).Select(NewReplica)];
            await Task.WhenAll(_runners.Select((_, replica) => RunAsync(replica, stopping)));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // StopAsync tells the state when the processes have ended.
        }
        catch (Exception exception) when (stopping.IsCancellationRequested)
        {
            // A step that failed because of the stop keeps nothing from ending in order.
            logs.Say($"{resource.Name}: {exception.Message}");
        }
        catch (DistributedApplicationException exception)
        {
            logs.Say($"{resource.Name} failed to start: {exception.Message}");
            notifications.Publish(
                resource.Name, new ResourceSnapshot(KnownResourceStates.FailedToStart, IsHealthy: false, Reason: exception.Message));
            changed();
        }
    }

    /// <summary>One that fails to start says so at once, and the others serve on.</summary>
    private async Task RunAsync(int replica, CancellationToken stopping)
    {
        try
        {
            await _runners[replica].RunAsync(stopping);
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            // Whatever it is: nobody else looks after this process, and the resource's stop must not fail for it.
            var reason = _replicas == 1 ? exception.Message : $"one of its {_replicas} processes: {exception.Message}";
            logs.Say($"{resource.Name} failed to start: {reason}");
            Publish(replica, new ResourceSnapshot(KnownResourceStates.FailedToStart, IsHealthy: false, Reason: reason));
        }
    }

    private ReplicaRunner NewReplica(int replica) =>
        new(resource.Name, replica, launcher, processes, logs, time, configuration, endsByItself, snapshot => Publish(replica, snapshot));

    private async Task WaitAsync(WaitAnnotation wait, CancellationToken stopping)
    {
        var name = wait.Resource.Name;
        if (wait.WaitType == WaitType.WaitUntilHealthy)
        {
            await notifications.WaitAsync(name, s => s.IsHealthy || RefuseIfFailed(name, s), stopping);
            return;
        }

        var end = await notifications.WaitAsync(
            name, s => s.State == KnownResourceStates.Finished || RefuseIfFailed(name, s), stopping);
        if (end.ExitCode != wait.ExitCode)
        {
            throw new DistributedApplicationException($"{name} ended with code {end.ExitCode} instead of {wait.ExitCode}");
        }
    }

    // Its own reason is told once, by itself.
    private static bool RefuseIfFailed(string name, ResourceSnapshot snapshot) =>
        snapshot.State == KnownResourceStates.FailedToStart
            ? throw new DistributedApplicationException($"waits for {name}, which failed to start")
            : false;

    // The resource is what its worst replica is, and healthy when all are; nothing is worse than one that will not be tried again.
    private void Publish(int replica, ResourceSnapshot snapshot)
    {
        ResourceSnapshot common;
        lock (_gate)
        {
            _snapshots[replica] = snapshot;
            common = _snapshots.FirstOrDefault(s => s.State == KnownResourceStates.FailedToStart) ?? _snapshots.FirstOrDefault(s => !s.IsHealthy) ?? snapshot;
            notifications.Publish(resource.Name, common);
        }

        changed();
    }
}
