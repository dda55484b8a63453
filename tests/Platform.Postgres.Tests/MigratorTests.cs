using Microsoft.Extensions.Logging;
using Npgsql;
using Platform.Postgres;
using Platform.Testing;

namespace Platform.Postgres.Tests;

public sealed class MigratorTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Migrating_again_changes_nothing()
    {
        await new Migrator(database.DataSource, TimeProvider.System).MigrateAsync(typeof(MigratorTests).Assembly, Cancel);
        Assert.Equal(1, await database.CountAsync("SELECT count(*) FROM schema_migration WHERE name = '0001_effect'"));
    }

    [Fact]
    public async Task Replicas_that_migrate_at_once_apply_each_migration_once()
    {
        await database.CountAsync("DROP TABLE effect; DELETE FROM schema_migration WHERE name = '0001_effect'; SELECT 0::bigint");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            new Migrator(database.DataSource, TimeProvider.System).MigrateAsync(typeof(MigratorTests).Assembly, Cancel)));
        Assert.Equal(1, await database.CountAsync("SELECT count(*) FROM schema_migration WHERE name = '0001_effect'"));
    }

    [Fact]
    public async Task A_migration_that_was_edited_after_it_was_applied_is_refused()
    {
        await database.CountAsync("UPDATE schema_migration SET sha256 = '\\x00' WHERE name = '0001_messaging'; SELECT 0::bigint");
        try
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
                new Migrator(database.DataSource, TimeProvider.System).MigrateAsync(typeof(MigratorTests).Assembly, Cancel));
            Assert.Contains("0001_messaging", error.Message);
        }
        finally
        {
            await database.CountAsync("DELETE FROM schema_migration WHERE name = '0001_messaging'; DROP TABLE outbox, inbox, idempotency; SELECT 0::bigint");
            await new Migrator(database.DataSource, TimeProvider.System).MigrateAsync(typeof(MigratorTests).Assembly, CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_migration_that_takes_longer_than_a_command_may_is_applied_and_told_of()
    {
        var empty = await TestPostgres.CreateDatabaseAsync("migrator", _ => Task.CompletedTask);
        await using var dataSource = NpgsqlDataSource.Create($"{empty};Command Timeout=1;Options=-c test.migration_seconds=2.5");
        using var log = new KeptLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));

        await new Migrator(dataSource, TimeProvider.System, loggers.CreateLogger<Migrator>()).MigrateAsync(typeof(MigratorTests).Assembly, Cancel);

        await using var command = dataSource.CreateCommand("SELECT count(*) FROM schema_migration WHERE name = '0002_slow'");
        Assert.Equal(1L, await command.ExecuteScalarAsync(Cancel));
        Assert.Contains("Migration 0002_slow of Platform.Postgres.Tests begins.", log.Lines);
        Assert.Matches(@"^Migration 0002_slow of Platform\.Postgres\.Tests is applied after (2\.[5-9]|[3-9]\.\d|\d{2,}\.\d) s\.$", log.Lines.Last());
    }

    [Fact]
    public async Task A_session_that_ends_amid_a_migration_is_told_as_what_it_is()
    {
        var empty = await TestPostgres.CreateDatabaseAsync("migrator", _ => Task.CompletedTask);
        await using var dataSource = NpgsqlDataSource.Create($"{empty};Options=-c test.migration_seconds=60");
        var migrating = new Migrator(dataSource, TimeProvider.System).MigrateAsync(typeof(MigratorTests).Assembly, Cancel);
        await using var other = NpgsqlDataSource.Create(empty);
        await Eventually.TrueAsync(
            async () =>
            {
                await using var end = other.CreateCommand("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'");
                return (long)(await end.ExecuteScalarAsync(Cancel))! == 1;
            },
            TimeSpan.FromSeconds(30), "the migration to be under way");
        Assert.Equal("57P01", (await Assert.ThrowsAsync<PostgresException>(() => migrating)).SqlState);
    }

    [Fact]
    public async Task A_replica_waits_for_another_that_migrates_however_long_that_takes()
    {
        await using var holder = await database.DataSource.OpenConnectionAsync(Cancel);
        await ExecuteAsync(holder, $"SELECT pg_advisory_lock({0x4B54_4D49_4752})");
        await using var dataSource = NpgsqlDataSource.Create($"{database.ConnectionString};Command Timeout=1");
        var migrating = new Migrator(dataSource, TimeProvider.System).MigrateAsync(typeof(MigratorTests).Assembly, Cancel);

        await Eventually.TrueAsync(
            async () => migrating.IsCompleted || await database.CountAsync(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory' AND clock_timestamp() - query_start > '2.5 s'") == 1,
            TimeSpan.FromSeconds(30), "the replica to have waited for longer than a command may");
        Assert.False(migrating.IsCompleted);

        await ExecuteAsync(holder, $"SELECT pg_advisory_unlock({0x4B54_4D49_4752})");
        await migrating;
    }

    [Fact]
    public async Task A_program_that_is_older_than_its_database_is_refused()
    {
        await database.CountAsync(
            "INSERT INTO schema_migration SELECT assembly, 99, '0099_of_a_newer_version', sha256, applied_at FROM schema_migration WHERE name = '0001_effect'; SELECT 0::bigint");
        try
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
                new Migrator(database.DataSource, TimeProvider.System).MigrateAsync(typeof(MigratorTests).Assembly, Cancel));
            Assert.StartsWith("The database has migration 0099 of Platform.Postgres.Tests, and this program knows 0002 at most", error.Message);
        }
        finally
        {
            await database.CountAsync("DELETE FROM schema_migration WHERE version = 99; SELECT 0::bigint");
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
