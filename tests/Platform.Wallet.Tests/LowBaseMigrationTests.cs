using Npgsql;
using Platform.Postgres;
using Platform.Testing;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>Wallets of the version before, one refilled three times and one that gave on most of what it had, know what their levels are percent of; of an overdrawn one people have heard.</summary>
public sealed class LowBaseMigrationTests
{
    /// <summary>A team got 1,000 three times, gave nothing back and spent 2,700; of its last refill 300 were there before.</summary>
    private const string Before = """
        INSERT INTO identity.organisation (name, currency, revision, created_at) VALUES ('Organisation', 'USD', 1, now());
        INSERT INTO identity.team (team_id, name, created_at) VALUES ('old', 'Old', now()), ('new', 'New', now());
        INSERT INTO wallet (wallet_id, team_id, parent_id, name, currency, created_at, available, held, spent, credited, moved_out, overage) VALUES
            ('wal_organisation', NULL, NULL, 'Organisation', 'USD', now(), 1000, 0, 0, 4000, 3000, 0),
            ('wal_old', 'old', 'wal_organisation', 'Old', 'USD', now(), 250, 50, 2700, 3000, 0, 0),
            ('wal_new', 'new', 'wal_organisation', 'New', 'USD', now(), 0, 0, 7, 0, 0, 7);
        INSERT INTO transfer (
            transfer_id, kind, amount, from_wallet, from_account, from_before, from_after, to_wallet, to_account, to_before, to_after, available_before,
            available_after, actor, description, reference, occurred_at, recorded_at)
        SELECT gen_random_uuid(), kind, amount, from_wallet, from_account, from_before, from_before - amount, to_wallet, to_account, to_before, to_before + amount,
            to_before, to_before + amount, 'old', '', '', now(), now()
        FROM (VALUES
            (1, 4000, 'wal_organisation', 1, 0,    'wal_organisation', 2, 0),
            (2, 1000, 'wal_organisation', 2, 4000, 'wal_old',          2, 0),
            (2, 1000, 'wal_organisation', 2, 3000, 'wal_old',          2, 100),
            (2, 1000, 'wal_organisation', 2, 2000, 'wal_old',          2, 300)
        ) AS old (kind, amount, from_wallet, from_account, from_before, to_wallet, to_account, to_before);
        """;

    [Fact(Timeout = 300_000)]
    public async Task Levels_are_percent_of_what_was_there_when_money_last_came_in()
    {
        var database = await TestPostgres.CreateDatabaseAsync("walletlowbase", async template =>
        {
            await using var old = NpgsqlDataSource.Create(template);
            await new Migrator(old, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token, upTo: 14);
            await old.CreateCommand(Before).ExecuteNonQueryAsync(LedgerFixture.Token);
        });
        await using var source = NpgsqlDataSource.Create(database);
        await new Migrator(source, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token);

        var wallets = await new LedgerStore(source).ListAsync(LedgerFixture.Token);
        Assert.Equal(["wal_organisation 1000", "wal_new 0", "wal_old 1300"], wallets.Select(wallet => $"{wallet.WalletId} {wallet.LowBase}"));
        Assert.Equal([0, 7, 0], wallets.Select(wallet => wallet.OverageTold));
    }
}
