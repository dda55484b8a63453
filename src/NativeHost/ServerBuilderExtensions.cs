using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

public static class PostgresBuilderExtensions
{
    /// <summary>Adds a PostgreSQL server; its password is generated once and kept unless given.</summary>
    public static IResourceBuilder<PostgresServerResource> AddPostgres(
        this IDistributedApplicationBuilder builder,
        string name,
        IResourceBuilder<ParameterResource>? userName = null,
        IResourceBuilder<ParameterResource>? password = null,
        int? port = null) =>
        builder.AddResource(new PostgresServerResource(name, userName?.Resource, password?.Resource ?? builder.GeneratedPassword(name)))
            .WithAnnotation(new EndpointAnnotation(PostgresServerResource.EndpointName, "tcp") { Port = port });

    /// <summary>Adds a database, created once the server is healthy.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(
        this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null)
    {
        var database = new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource);
        builder.Resource.Databases.Add(database);
        return builder.ApplicationBuilder.AddResource(database);
    }

    /// <summary>Keeps the data from one start to the next, in the data directory.</summary>
    public static IResourceBuilder<PostgresServerResource> WithDataVolume(this IResourceBuilder<PostgresServerResource> builder) =>
        builder.WithAnnotation(new DataVolumeAnnotation());
}

public static class RabbitMQBuilderExtensions
{
    /// <summary>Adds a RabbitMQ broker; its password is generated once and kept unless given.</summary>
    public static IResourceBuilder<RabbitMQServerResource> AddRabbitMQ(
        this IDistributedApplicationBuilder builder,
        string name,
        IResourceBuilder<ParameterResource>? userName = null,
        IResourceBuilder<ParameterResource>? password = null,
        int? port = null) =>
        builder.AddResource(new RabbitMQServerResource(name, userName?.Resource, password?.Resource ?? builder.GeneratedPassword(name)))
            .WithAnnotation(new EndpointAnnotation(RabbitMQServerResource.EndpointName, "tcp") { Port = port });

    /// <inheritdoc cref="PostgresBuilderExtensions.WithDataVolume"/>
    public static IResourceBuilder<RabbitMQServerResource> WithDataVolume(this IResourceBuilder<RabbitMQServerResource> builder) =>
        builder.WithAnnotation(new DataVolumeAnnotation());
}

public static class ConnectionStringBuilderExtensions
{
    /// <summary>Adds a server that is there already, whose address is configured as <c>ConnectionStrings:name</c>. It is not kept: give it at every start.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddConnectionString(name, ReferenceExpression.Create($"{new ConfiguredConnectionString(builder.Configuration, name)}"));

    /// <summary>Adds what is found by a text of its own, such as a database of such a server.</summary>
    public static IResourceBuilder<ConnectionStringResource> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name, ReferenceExpression connectionStringExpression) =>
        builder.AddResource(new ConnectionStringResource(name, connectionStringExpression));

    private sealed class ConfiguredConnectionString(IConfiguration configuration, string name) : IValueProvider
    {
        public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(configuration.GetConnectionString(name) is { Length: > 0 } value
            ? value
            : throw new DistributedApplicationException($"Connection string '{name}' has no value: set ConnectionStrings__{name}."));
    }
}

public static class ContainerResourceBuilderExtensions
{
    /// <summary>Means something to containers only: here a server always ends with the application, and its data stay.</summary>
    public static IResourceBuilder<T> WithLifetime<T>(this IResourceBuilder<T> builder, ContainerLifetime lifetime)
        where T : ContainerResource
    {
        if (!Enum.IsDefined(lifetime))
        {
            throw new ArgumentOutOfRangeException(nameof(lifetime));
        }

        return builder;
    }
}

public static class ParameterResourceBuilderExtensions
{
    /// <summary>Adds a parameter that must be configured as <c>Parameters:name</c>.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, bool secret = false) =>
        builder.AddResource(new ParameterResource(name, () => builder.Remember(name, Configured(builder, name)
            ?? throw new DistributedApplicationException($"Parameter '{name}' has no value: set Parameters__{name.Replace('-', '_')} or Parameters:{name}.")), secret));

    /// <summary>Adds a parameter with a default, which is made once and kept in the data directory when <paramref name="persist"/>.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false, bool persist = false)
    {
        var parameters = ((DistributedApplicationBuilder)builder).Parameters;
        return builder.AddResource(new ParameterResource(
            name,
            () => builder.Remember(name, Configured(builder, name) ?? (persist ? parameters.Find(name) : null) ?? value.GetDefaultValue()),
            secret));
    }

    /// <summary>A server knows only the password that its data were made with: another one is refused before it is kept in place of that one, which nobody could read anywhere then.</summary>
    internal static ParameterResource GeneratedPassword(this IDistributedApplicationBuilder builder, string serverName)
    {
        var name = $"{serverName}-password";
        var parameters = ((DistributedApplicationBuilder)builder).Parameters;
        return builder.AddResource(new ParameterResource(
            name,
            () => (Configured(builder, name), parameters.Find(name)) switch
            {
                ({ } given, { } kept) when given != kept => throw new DistributedApplicationException(
                    $"Parameters:{name} is another password than the one that the data of {serverName} were made with, which {parameters.FilePath} keeps: leave it out; "
                    + "to change it, change it in the server first, then in that file."),
                var (given, kept) => builder.Remember(name, kept ?? given ?? new GenerateParameterDefault { Special = false }.GetDefaultValue()),
            },
            secret: true)).Resource;
    }

    // A shell cannot export a name with a hyphen, so the underscore form counts too: after the other, as in Aspire.
    private static string? Configured(IDistributedApplicationBuilder builder, string name) =>
        builder.Configuration[$"Parameters:{name}"] ?? builder.Configuration[$"Parameters:{name.Replace('-', '_')}"];

    private static string Remember(this IDistributedApplicationBuilder builder, string name, string value)
    {
        ((DistributedApplicationBuilder)builder).Parameters.Keep(name, value);
        return value;
    }
}
