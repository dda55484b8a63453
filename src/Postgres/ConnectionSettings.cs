using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Platform.Postgres;

/// <summary>How a service connects to its database: as its connection string says, and where that is silent as follows.</summary>
internal static class ConnectionSettings
{
    /// <summary>How many connections a process takes at most, of what the server allows in all (docs/decisions/0299); where it is not said, as many as Npgsql takes (100).</summary>
    public const string MaxConnectionsKey = "Database:MaxConnections";

    private const string MaxConnectionsKeyword = "Maximum Pool Size";

    /// <summary>Between two statements of a transaction, as PostgreSQL writes it. Ours follow each other at once, be the machine as slow as it will.</summary>
    private const string LongestSilence = "5min";

    /// <param name="connectionName">Name of the connection string, for example walletdb.</param>
    /// <param name="preparedStatements">As many statements that a connection runs again and again are parsed once; 0: none.</param>
    /// <exception cref="InvalidOperationException">There is no such connection string, or <see cref="MaxConnectionsKey"/> is no number from 1 on.</exception>
    public static NpgsqlConnectionStringBuilder Read(IConfiguration configuration, string connectionName, int preparedStatements)
    {
        var connectionString = configuration.GetConnectionString(connectionName)
            ?? throw new InvalidOperationException($"Connection string '{connectionName}' is missing: set ConnectionStrings__{connectionName}.");
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = preparedStatements };
        if (configuration[MaxConnectionsKey] is { Length: > 0 } most && !settings.ShouldSerialize(MaxConnectionsKeyword))
        {
            settings.MaxPoolSize = int.TryParse(most, out var connections) && connections > 0
                ? connections
                : throw new InvalidOperationException($"{MaxConnectionsKey} must be a number from 1 on; it is '{most}'.");
        }

        // To compile a statement takes the database longer than any of ours runs: of a dashboard's page of 264 ms it was 240.
        // A process that hangs within a transaction keeps its locks no longer than the longest silence (docs/decisions/0292); who gives the connection string may name another.
        settings.Options = $"-c idle_in_transaction_session_timeout={LongestSilence} {settings.Options}".TrimEnd() + " -c jit=off";
        return settings;
    }
}
