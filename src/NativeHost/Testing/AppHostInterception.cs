using System.Reflection;

namespace Aspire.Hosting.Testing;

/// <summary>
/// Lets a test run the AppHost's real <c>Main</c> on a thread of its own: the builder made there reports here, waits in <c>Build</c> until
/// the test asks for it, and hands over the application.
/// </summary>
internal sealed class AppHostInterception(Assembly appHostAssembly)
{
    private static readonly AsyncLocal<AppHostInterception?> Ambient = new();

    private readonly TaskCompletionSource<DistributedApplicationBuilder> _building = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _built = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _mayBuild = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DistributedApplicationBuilder? _builder;

    public static AppHostInterception? Current => Ambient.Value;

    public Assembly AppHostAssembly => appHostAssembly;

    /// <summary>Runs <c>Main</c> up to <c>Build</c>.</summary>
    /// <exception cref="DistributedApplicationException">It ended, or failed, before it built an application.</exception>
    public Task<DistributedApplicationBuilder> RunToBuildAsync(string[] args, CancellationToken cancellationToken)
    {
        var main = appHostAssembly.EntryPoint
            ?? throw new DistributedApplicationException($"{appHostAssembly.GetName().Name} has no entry point.");
        new Thread(() => Run(main, args)) { IsBackground = true, Name = "AppHost" }.Start();
        return _building.Task.WaitAsync(cancellationToken);
    }

    public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken)
    {
        _mayBuild.TrySetResult();
        return _built.Task.WaitAsync(cancellationToken);
    }

    internal void Created(DistributedApplicationBuilder builder) => _builder = builder;

    internal void Building()
    {
        _building.TrySetResult(_builder!);
        _mayBuild.Task.GetAwaiter().GetResult();
    }

    internal void Built(DistributedApplication application) => _built.TrySetResult(application);

    private void Run(MethodInfo main, string[] args)
    {
        Ambient.Value = this;
        try
        {
            var result = main.Invoke(null, main.GetParameters().Length == 0 ? [] : [args]);
            (result as Task)?.GetAwaiter().GetResult();
            Fail(new DistributedApplicationException("The AppHost ended before it built an application."));
        }
        catch (TargetInvocationException exception)
        {
            Fail(exception.InnerException!);
        }
    }

    private void Fail(Exception exception)
    {
        _building.TrySetException(exception);
        _built.TrySetException(exception);
        _ = _built.Task.Exception; // Observed: the test may be waiting for the builder only.
        _ = _building.Task.Exception;
    }
}
