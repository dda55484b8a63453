namespace Aspire.Hosting.ApplicationModel;

public sealed class EnvironmentCallbackContext(IResource resource)
{
    public IResource Resource => resource;

    /// <summary>Values are texts or <see cref="IValueProvider"/>s, which are asked when the process starts.</summary>
    public Dictionary<string, object> EnvironmentVariables { get; } = [];
}

public sealed class EnvironmentCallbackAnnotation(Action<EnvironmentCallbackContext> callback) : IResourceAnnotation
{
    public Action<EnvironmentCallbackContext> Callback => callback;
}

internal sealed record CommandLineArgsAnnotation(IReadOnlyList<string> Args) : IResourceAnnotation;

internal sealed record ReplicaAnnotation(int Replicas) : IResourceAnnotation;

internal enum WaitType
{
    WaitUntilHealthy,
    WaitForCompletion,
}

internal sealed record WaitAnnotation(IResource Resource, WaitType WaitType, int ExitCode) : IResourceAnnotation;

internal sealed record HttpHealthCheckAnnotation(EndpointReference Endpoint, string Path, int StatusCode) : IResourceAnnotation;

internal sealed record DataVolumeAnnotation : IResourceAnnotation;
