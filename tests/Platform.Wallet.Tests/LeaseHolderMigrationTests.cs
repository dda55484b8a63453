using Npgsql;
using Platform.Contracts.Identity.V1;
using Platform.Postgres;
using Platform.Testing;
using Platform.Wallet.Identity;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>Keys of the version before keep their role and team, and beside them there is room for lease holders' and for nothing else.</summary>
public sealed class LeaseHolderMigrationTests
{
    private const string Before = """
        INSERT INTO identity.organisation (name, currency, revision, created_at) VALUES ('Organisation', 'USD', 7, now());
        INSERT INTO identity.team (team_id, name, created_at) VALUES ('old', 'Old', now());
        INSERT INTO identity.api_key (key_id, secret_sha256, hint, name, role, team_id, workload, created_at, revision)
            VALUES ('key_calls', sha256('calls'), 'hint', 'Calls', 1, 'old', 'batch', now(), 7), ('key_services', sha256('services'), 'hint', 'Services', 7, NULL, '', now(), 6);
        """;

    [Fact(Timeout = 300_000)]
    public async Task Keys_stay_as_they_are_and_a_holder_needs_its_role_and_its_team()
    {
        var database = await TestPostgres.CreateDatabaseAsync("walletholders", async template =>
        {
            await using var old = NpgsqlDataSource.Create(template);
            await new Migrator(old, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token, upTo: 16);
            await old.CreateCommand(Before).ExecuteNonQueryAsync(LedgerFixture.Token);
        });
        await using var source = NpgsqlDataSource.Create(database);
        await new Migrator(source, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token);

        var keys = await new KeyStore(source).ListLivingAsync(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow(), LedgerFixture.Token);
        Assert.Equal(
            [("key_calls", Role.Inference, "old", ""), ("key_services", Role.Gateway, "", "")],
            keys.OrderBy(key => key.KeyId).Select(key => (key.KeyId, key.Role, key.TeamId, key.Holder)));

        await AddAsync(source, "agents", -1, "'old'", "'agents'");
        foreach (var (role, team, holder) in new[]
                 {
                     (-1, "NULL", "'agents'"), (-1, "'old'", "NULL"), (-1, "'old'", "'a/b'"), (-1, "'old'", "repeat('a', 29)"), (1, "'old'", "'agents'"), (5, "NULL", "'agents'"),
                     (-2, "NULL", "NULL"), (8, "NULL", "NULL"),
                 })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => AddAsync(source, "refused", role, team, holder));
            Assert.Equal(PostgresErrorCodes.CheckViolation, refused.SqlState);
        }
    }

    private static Task<int> AddAsync(NpgsqlDataSource source, string key, int role, string team, string holder) => source.CreateCommand(
        $"""
        INSERT INTO identity.api_key (key_id, secret_sha256, hint, name, role, team_id, holder, workload, created_at, revision)
        VALUES ('{key}', sha256('{key}'), 'hint', 'Key', {role}, {team}, {holder}, '', now(), 8)
        """).ExecuteNonQueryAsync(LedgerFixture.Token);
}
