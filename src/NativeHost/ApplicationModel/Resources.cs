namespace Aspire.Hosting.ApplicationModel;

/// <summary>A C# project of the solution, run from its built assembly.</summary>
public sealed class ProjectResource(string name)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport;

/// <summary>Any program, run as it is.</summary>
public sealed class ExecutableResource(string name, string command, string workingDirectory)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport
{
    public string Command => command;

    public string WorkingDirectory => workingDirectory;
}

/// <summary>A server that Aspire runs as a container and this engine as a local process of the distribution's package.</summary>
public abstract class ContainerResource(string name) : Resource(name), IResourceWithEnvironment, IResourceWithEndpoints, IResourceWithWaitSupport;

internal sealed record ProjectMetadataAnnotation(IProjectMetadata Metadata) : IResourceAnnotation;

/// <summary>How long a server lives. Here always as long as the application: what persists is its data.</summary>
public enum ContainerLifetime
{
    Session,
    Persistent,
}

public sealed class PostgresServerResource : ContainerResource, IResourceWithConnectionString
{
    internal const string EndpointName = "tcp";

    internal PostgresServerResource(string name, ParameterResource? userName, ParameterResource password)
        : base(name)
    {
        UserName = userName;
        Password = password;
        Endpoint = new EndpointReference(this, EndpointName);
    }

    public ParameterResource? UserName { get; }

    public ParameterResource Password { get; }

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"Host=localhost;Port={new EndpointPort(Endpoint)};Username={User};Password={Password}");

    internal EndpointReference Endpoint { get; }

    internal List<PostgresDatabaseResource> Databases { get; } = [];

    internal ReferenceExpression User =>
        UserName is null ? ReferenceExpression.Create($"postgres") : ReferenceExpression.Create($"{UserName}");
}

public sealed class PostgresDatabaseResource : Resource, IResourceWithParent, IResourceWithConnectionString
{
    internal PostgresDatabaseResource(string name, string databaseName, PostgresServerResource server)
        : base(name)
    {
        DatabaseName = databaseName;
        Parent = server;
    }

    public string DatabaseName { get; }

    public PostgresServerResource Parent { get; }

    IResource IResourceWithParent.Parent => Parent;

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{Parent.ConnectionStringExpression};Database={DatabaseName}");
}

public sealed class RabbitMQServerResource : ContainerResource, IResourceWithConnectionString
{
    internal const string EndpointName = "tcp";

    internal RabbitMQServerResource(string name, ParameterResource? userName, ParameterResource password)
        : base(name)
    {
        UserName = userName;
        Password = password;
        Endpoint = new EndpointReference(this, EndpointName);
    }

    public ParameterResource? UserName { get; }

    public ParameterResource Password { get; }

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"amqp://{new UriEscaped(User)}:{new UriEscaped(Password)}@localhost:{new EndpointPort(Endpoint)}");

    internal EndpointReference Endpoint { get; }

    internal ReferenceExpression User =>
        UserName is null ? ReferenceExpression.Create($"guest") : ReferenceExpression.Create($"{UserName}");
}

/// <summary>A server that is there already, or something on it: nothing is started for it.</summary>
public sealed class ConnectionStringResource(string name, ReferenceExpression connectionStringExpression) : Resource(name), IResourceWithConnectionString
{
    public ReferenceExpression ConnectionStringExpression => connectionStringExpression;
}

internal sealed class EndpointPort(EndpointReference endpoint) : IValueProvider
{
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        new(endpoint.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
}

internal sealed class UriEscaped(IValueProvider inner) : IValueProvider
{
    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        Uri.EscapeDataString(await inner.GetValueAsync(cancellationToken) ?? string.Empty);
}
