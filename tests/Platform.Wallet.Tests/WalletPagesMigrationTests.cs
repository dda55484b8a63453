using Npgsql;
using Platform.Postgres;
using Platform.Testing;
using Platform.Wallet.Ledger;
using Platform.Wallet.Verification;

namespace Platform.Wallet.Tests;

/// <summary>The migration that rewrites the table of wallets is applied while replicas of the version before still run.</summary>
public sealed class WalletPagesMigrationTests
{
    private const string Before = """
        INSERT INTO identity.organisation (name, currency, revision, created_at) VALUES ('Organisation', 'USD', 1, now());
        INSERT INTO identity.team (team_id, name, created_at) VALUES ('over', 'Over', now());
        INSERT INTO wallet (wallet_id, team_id, parent_id, name, currency, created_at, available, spent, credited, overage) VALUES
            ('wal_organisation', NULL, NULL, 'Organisation', 'USD', now(), 1000, 0, 1000, 0),
            ('wal_over', 'over', 'wal_organisation', 'Over', 'USD', now(), 0, 7, 0, 7);
        """;

    /// <summary>To what verifies in a snapshot of before, the rewritten table is empty.</summary>
    [Fact(Timeout = 300_000)]
    public async Task It_waits_for_a_round_of_verification_and_holds_do_not_wait_for_it_meanwhile()
    {
        var database = await TestPostgres.CreateDatabaseAsync("walletpages", async template =>
        {
            await using var old = NpgsqlDataSource.Create(template);
            await new Migrator(old, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token, upTo: 23);
            await old.CreateCommand(Before).ExecuteNonQueryAsync(LedgerFixture.Token);
        });
        await using var source = NpgsqlDataSource.Create(database);
        Task migration;
        await using (var round = await new VerificationStore(source).TryLeadAsync(LedgerFixture.Token))
        {
            migration = new Migrator(source, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token);
            await Eventually.TrueAsync(
                () => ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"),
                TimeSpan.FromSeconds(30), "the migration to wait");
            Assert.Equal("wal_over", await ScalarAsync<string>("UPDATE wallet SET overage = 8, spent = 8 WHERE wallet_id = 'wal_over' RETURNING wallet_id"));
            Assert.False(migration.IsCompleted);
            await VerificationStore.EndLeadAsync(round!, LedgerFixture.Token);
        }

        await migration;
        Assert.Equal("wal_over", await ScalarAsync<string>("SELECT string_agg(wallet_id, ' ') FROM wallet WHERE overdrawn"));

        async Task<T> ScalarAsync<T>(string sql)
        {
            await using var command = source.CreateCommand(sql);
            return (T)(await command.ExecuteScalarAsync(LedgerFixture.Token))!;
        }
    }

    /// <summary>A look-up of what was spent at an hour locks its table of marks before it looks: where that is locked, it looks after the rewrite.</summary>
    [Fact(Timeout = 300_000)]
    public async Task It_keeps_look_ups_of_what_was_spent_away()
    {
        var database = await TestPostgres.CreateDatabaseAsync("walletpagesmarks", async template =>
        {
            await using var old = NpgsqlDataSource.Create(template);
            await new Migrator(old, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token, upTo: 23);
            await old.CreateCommand(Before).ExecuteNonQueryAsync(LedgerFixture.Token);
        });
        await using var source = NpgsqlDataSource.Create(database);
        await using var looking = await source.OpenConnectionAsync(LedgerFixture.Token);
        await using var transaction = await looking.BeginTransactionAsync(LedgerFixture.Token);
        await using var marks = new NpgsqlCommand("LOCK TABLE spent_mark IN ROW EXCLUSIVE MODE", looking, transaction);
        await marks.ExecuteNonQueryAsync(LedgerFixture.Token);

        var migration = new Migrator(source, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token);
        await Eventually.TrueAsync(
            async () =>
            {
                await using var waits = source.CreateCommand(
                    "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'spent_mark'::regclass AND mode = 'ShareRowExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))");
                return (bool)(await waits.ExecuteScalarAsync(LedgerFixture.Token))!;
            },
            TimeSpan.FromSeconds(30), "the migration to wait for the look-up");
        await transaction.RollbackAsync(LedgerFixture.Token);
        await migration;
    }
}
