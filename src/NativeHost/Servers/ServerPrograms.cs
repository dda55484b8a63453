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
            PostgresServerResource => PostgresFolder(cluster: null),
            RabbitMQServerResource => RabbitMQFolder(),
            _ => throw new InvalidOperationException($"{server.GetType().Name} has no local program."),
        };
    }

    /// <summary>The programs of the version that made the cluster, since no other opens it; for a new one the newest that is installed.</summary>
    /// <param name="cluster">The folder of the data; null or empty for a new one.</param>
    /// <exception cref="DistributedApplicationException">Names the package to install.</exception>
    public static string PostgresFolder(string? cluster, string root = "/usr/lib/postgresql")
    {
        var made = cluster is null ? null : VersionOf(cluster);
        if (Find(PostgresVariable, "postgres", Versions(root).Where(version => made is null || version.Name == made).Select(version => version.Programs)) is { } folder)
        {
            return folder;
        }

        throw new DistributedApplicationException(made is null
            ? "PostgreSQL is not installed: apt-get install postgresql"
            : $"the data in {cluster} are of PostgreSQL {made}, whose programs are not installed (there are: {string.Join(", ", Versions(root).Select(version => version.Name).DefaultIfEmpty("none"))}): "
                + $"apt-get install postgresql-{made}, or move the data to a newer version (docs/operations.md, Backup and restore)");
    }

    public static string RabbitMQFolder() =>
        Find(RabbitMQVariable, "rabbitmq-server", ["/usr/lib/rabbitmq/bin"])
        ?? throw new DistributedApplicationException("RabbitMQ is not installed: apt-get install rabbitmq-server");

    private static string? Find(string variable, string program, IEnumerable<string> folders)
    {
        var candidates = Environment.GetEnvironmentVariable(variable) is { Length: > 0 } chosen ? [chosen] : folders;
        return candidates.FirstOrDefault(folder => File.Exists(Path.Combine(folder, program)));
    }

    // The newest installed major version first.
    private static IEnumerable<(string Name, string Programs)> Versions(string root) =>
        Directory.Exists(root)
            ? Directory.GetDirectories(root)
                .OrderByDescending(d => int.TryParse(Path.GetFileName(d), out var version) ? version : 0)
                .Select(d => (Path.GetFileName(d), Path.Combine(d, "bin")))
            : [];

    // PostgreSQL writes its major version there, and reads it before anything else.
    private static string? VersionOf(string cluster)
    {
        var file = Path.Combine(cluster, "PG_VERSION");
        return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
    }
}
