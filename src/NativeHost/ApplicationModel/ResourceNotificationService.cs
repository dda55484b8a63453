namespace Aspire.Hosting.ApplicationModel;

public static class KnownResourceStates
{
    public const string Waiting = "Waiting";
    public const string Starting = "Starting";
    public const string Running = "Running";

    /// <summary>Stopped by command, or crashed and about to be restarted.</summary>
    public const string Exited = "Exited";

    /// <summary>Ended by itself and not restarted.</summary>
    public const string Finished = "Finished";

    public const string FailedToStart = "FailedToStart";
}

/// <summary>Where a resource is now.</summary>
/// <param name="State">One of <see cref="KnownResourceStates"/>.</param>
/// <param name="IsHealthy">Running, and its health check passed when it was last asked.</param>
/// <param name="ExitCode">Of its last end; null while it has not ended.</param>
/// <param name="Reason">Why it failed to start, or is not healthy any more, in one line.</param>
public sealed record ResourceSnapshot(string State, bool IsHealthy, int? ExitCode = null, string? Reason = null);

/// <summary>Tells the state of every resource, and waits for one.</summary>
public sealed class ResourceNotificationService
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ResourceSnapshot> _snapshots = new(StringComparer.OrdinalIgnoreCase);
    private TaskCompletionSource _changed = NewSignal();

    /// <exception cref="DistributedApplicationException">It failed to start; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public Task WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitAsync(resourceName, s => s.IsHealthy || ThrowIfFailed(resourceName, s), cancellationToken);

    /// <param name="resourceName">The resource.</param>
    /// <param name="targetState">One of <see cref="KnownResourceStates"/>; <see cref="KnownResourceStates.Running"/> when null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitAsync(resourceName, s => s.State == (targetState ?? KnownResourceStates.Running), cancellationToken);

    internal ResourceSnapshot? Find(string resourceName)
    {
        lock (_gate)
        {
            return _snapshots.GetValueOrDefault(resourceName);
        }
    }

    internal void Publish(string resourceName, ResourceSnapshot snapshot)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _snapshots[resourceName] = snapshot;
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    internal async Task<ResourceSnapshot> WaitAsync(
        string resourceName, Func<ResourceSnapshot, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_snapshots.TryGetValue(resourceName, out var snapshot) && condition(snapshot))
                {
                    return snapshot;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private static bool ThrowIfFailed(string resourceName, ResourceSnapshot snapshot) =>
        snapshot.State == KnownResourceStates.FailedToStart
            ? throw new DistributedApplicationException($"{resourceName} failed to start: {snapshot.Reason}")
            : false;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
