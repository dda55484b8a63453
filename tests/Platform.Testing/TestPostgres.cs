using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Platform.Testing;

/// <summary>Real PostgreSQL databases for tests: one a class, copied from a migrated template.</summary>
public static class TestPostgres
{
    /// <summary>Seconds for a connection: tests that calculate keep the processors from those that wait for one.</summary>
    private const int ConnectSeconds = 60;

    /// <summary>As the services have it: to compile a statement takes longer than to run it, and keeps the locks that are held meanwhile.</summary>
    private const string Options = "-c jit=off";

    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Templates = new();

    /// <summary>Makes a database for a test class and answers its connection string.</summary>
    /// <param name="name">Which template: lower-case letters; the same name is migrated once a process.</param>
    /// <param name="migrate">Brings the empty template to the newest schema.</param>
    public static async Task<string> CreateDatabaseAsync(string name, Func<string, Task> migrate)
    {
        var server = await TestServers.PostgresAsync();
        var template = await Templates.GetOrAdd(name, _ => new Lazy<Task<string>>(() => CreateTemplateAsync(server, name, migrate))).Value;
        var database = $"test_{name}_{Guid.CreateVersion7():N}";
        await ExecuteAsync(server, $"CREATE DATABASE {database} TEMPLATE {template} STRATEGY FILE_COPY");
        return new NpgsqlConnectionStringBuilder(server) { Database = database, Options = Options, Timeout = ConnectSeconds }.ConnectionString;
    }

    /// <summary>Makes a database as an old version left it, brought to the newest schema, and answers its connection string. The same data of the same version is migrated once a process.</summary>
    /// <param name="name">The service: lower-case letters, at most ten.</param>
    /// <param name="upTo">Which version left it.</param>
    /// <param name="old">The data that it left, as SQL.</param>
    /// <param name="migrate">Brings a database to a version.</param>
    public static Task<string> CreateOldDatabaseAsync(string name, int upTo, string old, Func<string, int, Task> migrate) =>
        CreateDatabaseAsync($"{name}{upTo}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(old)))[..8]}", async empty =>
        {
            await migrate(empty, upTo);
            await ExecuteAsync(empty, old);
            await migrate(empty, int.MaxValue);
        });

    private static async Task<string> CreateTemplateAsync(string server, string name, Func<string, Task> migrate)
    {
        var template = $"template_{name}_{Guid.CreateVersion7():N}";
        await ExecuteAsync(server, $"CREATE DATABASE {template}");

        // A template may have no open connection when it is copied, pooled ones included.
        await migrate(new NpgsqlConnectionStringBuilder(server) { Database = template, Options = Options, Pooling = false, Timeout = ConnectSeconds }.ConnectionString);
        return template;
    }

    private static async Task ExecuteAsync(string server, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server) { Pooling = false, Timeout = ConnectSeconds }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
