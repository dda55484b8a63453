namespace Aspire.Hosting.ApplicationModel;

/// <summary>A named port of a resource. <see cref="Port"/> is what consumers see, <see cref="TargetPort"/> what the process listens on.</summary>
public sealed class EndpointAnnotation(string name, string uriScheme) : IResourceAnnotation
{
    public string Name => name;

    public string UriScheme => uriScheme;

    public int? Port { get; set; }

    public int? TargetPort { get; set; }

    /// <summary>The variable that tells the process its port; null for web projects, which get a URL instead.</summary>
    public string? TargetPortEnvironmentVariable { get; set; }

    /// <summary>True when people and outside programs use it, not only the services.</summary>
    public bool IsExternal { get; set; }

    /// <summary>The name in the service's own <c>Kestrel:Endpoints</c>; null when it is not declared there.</summary>
    internal string? KestrelName { get; init; }

    /// <summary>Set once, before anything starts.</summary>
    internal int? AllocatedPort { get; set; }
}

/// <summary>Points at an endpoint by name; its value is the URL that consumers use, such as <c>http://localhost:5101</c>.</summary>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IValueProvider
{
    public IResourceWithEndpoints Resource => owner;

    public string EndpointName => endpointName;

    public bool Exists => Find() is not null;

    /// <exception cref="DistributedApplicationException">No such endpoint, or the application has not started.</exception>
    public int Port => Annotation.AllocatedPort
        ?? throw new DistributedApplicationException($"Endpoint '{endpointName}' of '{owner.Name}' has no port before the application starts.");

    /// <inheritdoc cref="Port"/>
    public string Url => $"{Annotation.UriScheme}://localhost:{Port}";

    internal EndpointAnnotation Annotation => Find()
        ?? throw new DistributedApplicationException($"Resource '{owner.Name}' has no endpoint named '{endpointName}'.");

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(Url);

    private EndpointAnnotation? Find() =>
        owner.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(e => e.Name.Equals(endpointName, StringComparison.OrdinalIgnoreCase));
}
