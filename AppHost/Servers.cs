using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using static Platform.AppHost.ResourceNames;

namespace Platform.AppHost;

/// <summary>
/// PostgreSQL and RabbitMQ. Each is started here with its data beside those of the platform, unless a connection string names one that is there already
/// (<c>ConnectionStrings__postgres</c>, without a database; <c>ConnectionStrings__messaging</c>). On such a server services make their databases themselves.
/// </summary>
internal sealed class Servers
{
    private const string Section = "ConnectionStrings";

    private readonly IDistributedApplicationBuilder builder;
    private readonly IResourceBuilder<PostgresServerResource>? postgres;
    private readonly IResourceBuilder<IResourceWithConnectionString>? givenPostgres;
    private readonly IResourceBuilder<RabbitMQServerResource>? messaging;
    private readonly IResourceBuilder<IResourceWithConnectionString>? givenMessaging;

    /// <exception cref="DistributedApplicationException">A connection string is given that nobody reads: mistyped, a server would be started in place of the one that was meant.</exception>
    public Servers(IDistributedApplicationBuilder builder)
    {
        this.builder = builder;
        if (builder.Configuration.GetSection(Section).GetChildren().Select(given => given.Key).Except([Postgres, Messaging], StringComparer.OrdinalIgnoreCase).FirstOrDefault() is { } unknown)
        {
            throw new DistributedApplicationException($"there is no server '{unknown}'. Connection strings: {Section}__{Postgres}, {Section}__{Messaging}.");
        }

        if (IsGiven(Postgres))
        {
            givenPostgres = builder.AddConnectionString(Postgres);
        }
        else
        {
            // Databases sort by code points on every machine: the container's own locale would be that of a language.
            postgres = builder.AddPostgres(Postgres).WithDataVolume().WithLifetime(ContainerLifetime.Persistent).WithEnvironment("POSTGRES_INITDB_ARGS", "--encoding=UTF8 --no-locale");
        }

        if (IsGiven(Messaging))
        {
            givenMessaging = builder.AddConnectionString(Messaging);
        }
        else
        {
            messaging = builder.AddRabbitMQ(Messaging).WithDataVolume().WithLifetime(ContainerLifetime.Persistent);
        }
    }

    /// <summary>Gives a service a database of its own and the broker, and has it wait for those that are started here.</summary>
    public IResourceBuilder<ProjectResource> GiveTo(IResourceBuilder<ProjectResource> service, string databaseName)
    {
        if (postgres is not null)
        {
            var database = postgres.AddDatabase(databaseName);
            service.WithReference(database).WaitFor(database);
        }
        else
        {
            service.WithReference(builder.AddConnectionString(databaseName, ReferenceExpression.Create($"{givenPostgres!.Resource};Database={databaseName}")));
        }

        return messaging is not null ? service.WithReference(messaging).WaitFor(messaging) : service.WithReference(givenMessaging!);
    }

    // An empty value is none, as of a variable that a script always sets.
    private bool IsGiven(string name) => builder.Configuration.GetConnectionString(name) is { Length: > 0 };
}
