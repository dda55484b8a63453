using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Platform.NativeHost.Servers;

/// <summary>Where the distribution's packages keep the servers' programs.</summary>
internal static class ServerPrograms
{
    /// <summary>Overrides the folder that holds <c>postgres</c> and <c>initdb</c>.</summary>
    public const string PostgresVariable = "KEEPTRUSTS_POSTGRES_BIN";

    /// <summary>Overrides the folder that holds <c>rabbitmq-server</c>.</summary>
    public const string RabbitMQVariable = "KEEPTRUSTS_RABBITMQ_BIN";

    /// <exception cref="DistributedApplicationException">Names the package to install.</exception>
    public static void RefuseIfMissing(ContainerResource server)
    {
        _ = server switch
        {
            PostgresServerResource => PostgresFolder(),
            RabbitMQServerResource => RabbitMQFolder(),
            _ => throw new InvalidOperationException($"{server.GetType().Name} has no local program."),
        };
    }

    public static string PostgresFolder() =>
        Find(PostgresVariable, "postgres", Versions("/usr/lib/postgresql"))
        ?? throw new DistributedApplicationException("PostgreSQL is not installed: apt-get install postgresql");

    public static string RabbitMQFolder() =>
        Find(RabbitMQVariable, "rabbitmq-server", ["/usr/lib/rabbitmq/bin"])
        ?? throw new DistributedApplicationException("RabbitMQ is not installed: apt-get install rabbitmq-server");

    private static string? Find(string variable, string program, IEnumerable<string> folders)
    {
        var candidates = Environment.GetEnvironmentVariable(variable) is { Length: > 0 } chosen ? [chosen] : folders;
        return candidates.FirstOrDefault(folder => File.Exists(Path.Combine(folder, program)));
    }

    // The newest installed major version first.
    private static IEnumerable<string> Versions(string root) =>
        Directory.Exists(root)
            ? Directory.GetDirectories(root)
                .OrderByDescending(d => int.TryParse(Path.GetFileName(d), out var version) ? version : 0)
                .Select(d => Path.Combine(d, "bin"))
            : [];
}
