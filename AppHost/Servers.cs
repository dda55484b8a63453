using System.Globalization;
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

    /// <summary>Of the connections that PostgreSQL allows (300 where it is started here), less some for people and their tools.</summary>
    private const int ConnectionsOfAll = 280;

    private readonly IDistributedApplicationBuilder builder;
    private readonly IResourceBuilder<PostgresServerResource>? postgres;
    private readonly IResourceBuilder<IResourceWithConnectionString>? givenPostgres;
    private readonly IResourceBuilder<RabbitMQServerResource>? messaging;
    private readonly IResourceBuilder<IResourceWithConnectionString>? givenMessaging;
    private readonly int connectionsOfEach;

    /// <param name="processes">How many processes of services there are in all.</param>
    /// <exception cref="DistributedApplicationException">A connection string is given that nobody reads (mistyped, a server would be started in place of the one that was meant), or one that no service could.</exception>
    public Servers(IDistributedApplicationBuilder builder, int processes)
    {
        this.builder = builder;
        connectionsOfEach = ConnectionsOfAll / processes;
        if (builder.Configuration.GetSection(Section).GetChildren().Where(given => given.Value is { Length: > 0 }).Select(given => given.Key).Except([Postgres, Messaging], StringComparer.OrdinalIgnoreCase).FirstOrDefault() is { } unknown)
        {
            throw new DistributedApplicationException($"there is no server '{unknown}'. Connection strings: {Section}__{Postgres}, {Section}__{Messaging}.");
        }

        // A value is never repeated: it has a password.
        if (Given(Postgres)?.Contains("://", StringComparison.Ordinal) == true)
        {
            throw new DistributedApplicationException($"{Section}__{Postgres} is an address; it must be a list such as Host=db.internal;Username=keeptrusts;Password=…;SSL Mode=VerifyFull.");
        }

        if (Given(Messaging) is { } broker && !(Uri.TryCreate(broker, UriKind.Absolute, out var address) && address.Scheme is "amqp" or "amqps"))
        {
            throw new DistributedApplicationException($"{Section}__{Messaging} must be an address such as amqps://user:password@mq.internal/vhost, with user and password URI-escaped.");
        }

        if (Given(Postgres) is not null)
        {
            givenPostgres = builder.AddConnectionString(Postgres);
        }
        else
        {
            // A container's own locale is that of a language; and Aspire sets this variable too, for the two first ones.
            postgres = builder.AddPostgres(Postgres).WithDataVolume().WithLifetime(ContainerLifetime.Persistent)
                .WithEnvironment("POSTGRES_INITDB_ARGS", "--auth-host=scram-sha-256 --auth-local=scram-sha-256 --encoding=UTF8 --no-locale");
        }

        if (Given(Messaging) is not null)
        {
            givenMessaging = builder.AddConnectionString(Messaging);
        }
        else
        {
            messaging = builder.AddRabbitMQ(Messaging).WithDataVolume().WithLifetime(ContainerLifetime.Persistent);
        }
    }

    /// <summary>
    /// Gives a service a database of its own and the broker, and has it wait for those that are started here. All processes together ask for no more connections than the database allows: it makes a process for
    /// each that it refuses too, and a server that all come back to after its restart would do nothing else (docs/decisions/0299).
    /// </summary>
    public IResourceBuilder<ProjectResource> GiveTo(IResourceBuilder<ProjectResource> service, string databaseName)
    {
        service.WithEnvironment("Database__MaxConnections", connectionsOfEach.ToString(CultureInfo.InvariantCulture));
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
    private string? Given(string name) => builder.Configuration.GetConnectionString(name) is { Length: > 0 } value ? value : null;
}
