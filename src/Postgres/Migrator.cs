using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Platform.Postgres;

/// <summary>
/// Applies forward-only SQL migrations that are embedded as <c>Migrations/NNNN_name.sql</c>: first this library's own (outbox, inbox, idempotency), then
/// the service's. Replicas that start at once wait for each other on an advisory lock. A migration that was applied and then edited is an error, and so is one that was applied and that
/// this program does not know (decision 0119). A migration takes as long as it takes: it rebuilds what years have written, and one that is cut off by a limit is never done.
/// </summary>
public sealed partial class Migrator(NpgsqlDataSource dataSource, TimeProvider time, ILogger<Migrator>? logger = null)
{
    private const long AdvisoryLock = 0x4B54_4D49_4752; // "KTMIGR"

    private readonly ILogger _log = logger ?? NullLogger<Migrator>.Instance;

    private const string CreateTable = """
        CREATE TABLE IF NOT EXISTS schema_migration (
            assembly   text        NOT NULL,
            version    int         NOT NULL,
            name       text        NOT NULL,
            sha256     bytea       NOT NULL,
            applied_at timestamptz NOT NULL,
            PRIMARY KEY (assembly, version)
        )
        """;

    /// <summary>Brings the database to the newest version of both migration sets.</summary>
    /// <param name="service">The assembly that embeds the service's migrations.</param>
    /// <param name="upTo">The last of the service's migrations to apply, for tests of what an older version left; by default all.</param>
    /// <exception cref="InvalidOperationException">An applied migration differs from the embedded one or is newer than all of them, or the numbering has a gap.</exception>
    public async Task MigrateAsync(Assembly service, CancellationToken cancellationToken, int upTo = int.MaxValue)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await LockAsync(connection, cancellationToken);
        try
        {
            await ExecuteAsync(connection, CreateTable, cancellationToken);
            await ApplyAsync(connection, typeof(Migrator).Assembly, int.MaxValue, cancellationToken);
            await ApplyAsync(connection, service, upTo, cancellationToken);
        }
        finally
        {
            await SessionLock.FreeAsync(connection);
        }
    }

    private async Task LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var attempt = new NpgsqlCommand($"SELECT pg_try_advisory_lock({AdvisoryLock})", connection);
        if (await attempt.ExecuteScalarAsync(cancellationToken) is not true)
        {
            LogWaits();
            await ExecuteAsync(connection, $"SELECT pg_advisory_lock({AdvisoryLock})", cancellationToken);
        }
    }

    private async Task ApplyAsync(NpgsqlConnection connection, Assembly assembly, int upTo, CancellationToken cancellationToken)
    {
        var name = assembly.GetName().Name!;
        var applied = await ReadAppliedAsync(connection, name, cancellationToken);
        var known = Migration.ReadAll(assembly);
        if (applied.Count > 0 && applied.Keys.Max() is var newest && newest > known.Count)
        {
            throw new InvalidOperationException(
                $"The database has migration {newest:0000} of {name}, and this program knows {known.Count:0000} at most: it is older than its data, and would write what the newer one no longer understands. "
                + "Start the newer version, or restore the backup that was taken before the update.");
        }

        foreach (var migration in known.TakeWhile(migration => migration.Version <= upTo))
        {
            if (applied.TryGetValue(migration.Version, out var hash))
            {
                if (!hash.AsSpan().SequenceEqual(migration.Sha256))
                {
                    throw new InvalidOperationException(
                        $"Migration {migration.Name} of {name} was changed after it had been applied to this database. Undo the change and add a new migration.");
                }

                continue;
            }

            LogBegins(migration.Name, name);
            var began = time.GetTimestamp();
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await ExecuteAsync(connection, migration.Sql, cancellationToken);
            await using var insert = new NpgsqlCommand(
                "INSERT INTO schema_migration (assembly, version, name, sha256, applied_at) VALUES ($1, $2, $3, $4, $5)", connection, transaction)
            {
                Parameters =
                {
                    new() { Value = name }, new() { Value = migration.Version }, new() { Value = migration.Name },
                    new() { Value = migration.Sha256 }, new() { Value = time.GetUtcNow() },
                },
            };
            await insert.ExecuteNonQueryAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            LogApplied(migration.Name, name, time.GetElapsedTime(began).TotalSeconds);
        }
    }

    private static async Task<Dictionary<int, byte[]>> ReadAppliedAsync(NpgsqlConnection connection, string assembly, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT version, sha256 FROM schema_migration WHERE assembly = $1", connection)
        {
            Parameters = { new() { Value = assembly } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var applied = new Dictionary<int, byte[]>();
        while (await reader.ReadAsync(cancellationToken))
        {
            applied.Add(reader.GetInt32(0), reader.GetFieldValue<byte[]>(1));
        }

        return applied;
    }

    // Without the connection's limit, which is for statements that somebody waits for.
    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // ./run looks for these two in the log: a start with a migration under way is not given up.
    [LoggerMessage(LogLevel.Information, "Migration {Migration} of {Assembly} begins.")]
    private partial void LogBegins(string migration, string assembly);

    [LoggerMessage(LogLevel.Information, "Migration {Migration} of {Assembly} is applied after {Seconds:0.0} s.")]
    private partial void LogApplied(string migration, string assembly, double seconds);

    [LoggerMessage(LogLevel.Information, "Another process migrates this database; waiting for it.")]
    private partial void LogWaits();

    private sealed record Migration(int Version, string Name, string Sql, byte[] Sha256)
    {
        public static List<Migration> ReadAll(Assembly assembly)
        {
            const string folder = ".Migrations.";
            var migrations = assembly.GetManifestResourceNames()
                .Where(resource => resource.Contains(folder, StringComparison.Ordinal) && resource.EndsWith(".sql", StringComparison.Ordinal))
                .Select(resource => Read(assembly, resource, resource[(resource.IndexOf(folder, StringComparison.Ordinal) + folder.Length)..^4]))
                .OrderBy(migration => migration.Version)
                .ToList();
            for (var i = 0; i < migrations.Count; i++)
            {
                if (migrations[i].Version != i + 1)
                {
                    throw new InvalidOperationException($"Migration {migrations[i].Name} of {assembly.GetName().Name} should have number {i + 1:0000}.");
                }
            }

            return migrations;
        }

        private static Migration Read(Assembly assembly, string resource, string name)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            var sql = reader.ReadToEnd();
            return new Migration(int.Parse(name[..4]), name, sql, SHA256.HashData(Encoding.UTF8.GetBytes(sql)));
        }
    }
}
