using Npgsql;
using Platform.Postgres;

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
}
