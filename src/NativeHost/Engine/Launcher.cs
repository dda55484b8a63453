namespace Platform.NativeHost.Engine;

/// <summary>How one kind of resource is started and asked for its health.</summary>
internal abstract class Launcher
{
    /// <summary>Called before each start of a process: folders, configuration files.</summary>
    public virtual Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public abstract Task<ProcessSpec> DescribeAsync(int replica, CancellationToken cancellationToken);

    public abstract Task<Probe> ProbeAsync(int replica, CancellationToken cancellationToken);

    /// <summary>Called when the process has become healthy and before that is told: databases are created here.</summary>
    public virtual Task BecameHealthyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Called when the resource has been stopped.</summary>
    public virtual Task StoppedAsync() => Task.CompletedTask;
}
