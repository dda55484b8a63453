using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Postgres;
using Platform.Testing;
using Platform.Wallet.Identity;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>A database of the version before, with data, becomes one of this version.</summary>
public sealed class IdentityMigrationTests
{
    private const string Before = """
        INSERT INTO identity.organisation (name, currency, revision, created_at) VALUES ('Old', 'USD', 7, now());
        INSERT INTO identity.team (team_id, name, created_at) VALUES ('team_old', 'Old', now());
        INSERT INTO identity.api_key (key_id, secret_sha256, hint, name, role, team_id, workload, created_at, revision)
            VALUES ('key_old', sha256('old'), 'hint', 'Old', 1, 'team_old', 'batch', now(), 7), ('key_gone', sha256('gone'), 'hint', 'Gone', 1, 'team_old', '', now(), 6);
        UPDATE identity.api_key SET revoked_at = now() WHERE key_id = 'key_gone';
        INSERT INTO identity.audit_log (actor, action, subject, after, recorded_at)
            SELECT 'bootstrap', 'team.create', 'team_' || i, CASE WHEN i % 2 = 0 THEN '{"name": "Old"}'::jsonb END, now() FROM generate_series(1, 5) i;
        ALTER TABLE identity.audit_log DISABLE TRIGGER USER;
        DELETE FROM identity.audit_log WHERE subject = 'team_3'; -- A gap, as an undone insertion leaves one.
        ALTER TABLE identity.audit_log ENABLE TRIGGER USER;
        """;

    private static readonly string[] Older = ["0001_ledger", "0002_identity", "0003_wallet_tree"];

    [Fact(Timeout = 300_000)]
    public async Task Keys_stay_usable_and_the_audit_log_becomes_a_chain()
    {
        var database = await TestPostgres.CreateDatabaseAsync("walletbeforeidentity", async template =>
        {
            await using var old = NpgsqlDataSource.Create(template);

            // An assembly without migrations of its own brings those of the library.
            await new Migrator(old, TimeProvider.System).MigrateAsync(typeof(Money).Assembly, LedgerFixture.Token);
            foreach (var name in Older)
            {
                await ApplyAsync(old, name);
            }

            await old.CreateCommand(Before).ExecuteNonQueryAsync(LedgerFixture.Token);
        });
        await using var source = NpgsqlDataSource.Create(database);
        await new Migrator(source, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token);

        var keys = await new KeyStore(source).ListLivingAsync(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow(), LedgerFixture.Token);
        Assert.Equal(("key_old", Role.Inference, "team_old", "batch"), (keys.Single().KeyId, keys[0].Role, keys[0].TeamId, keys[0].Workload));
        Assert.Equal("team_old", (await new TeamStore(source).ListAsync("", null, LedgerFixture.Token)).Single().TeamId);

        await source.CreateCommand(
            "INSERT INTO identity.audit_log (actor, action, subject, recorded_at) VALUES ('key_new', 'team.freeze', 'team_1', now())")
            .ExecuteNonQueryAsync(LedgerFixture.Token);
        var verified = await new AuditStore(source).VerifyAsync(LedgerFixture.Token);
        Assert.Equal((true, 5L), (verified.Consistent, verified.Entries));
        var log = await new AuditStore(source).ListAsync(new AuditFilter("", "", "", null, null), long.MaxValue, 10, LedgerFixture.Token);
        Assert.Equal(["5 team_1", "4 team_5", "3 team_4", "2 team_2", "1 team_1"], log.Select(record => $"{record.AuditId} {record.Subject}"));
    }

    private static async Task ApplyAsync(NpgsqlDataSource source, string name)
    {
        var assembly = typeof(LedgerStore).Assembly;
        var resource = assembly.GetManifestResourceNames().Single(resource => resource.EndsWith($"{name}.sql", StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        var sql = await reader.ReadToEndAsync(LedgerFixture.Token);
        await source.CreateCommand(sql).ExecuteNonQueryAsync(LedgerFixture.Token);
        await using var mark = source.CreateCommand("INSERT INTO schema_migration (assembly, version, name, sha256, applied_at) VALUES ($1, $2, $3, $4, now())");
        foreach (var value in new object[] { assembly.GetName().Name!, int.Parse(name[..4]), name, SHA256.HashData(Encoding.UTF8.GetBytes(sql)) })
        {
            mark.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await mark.ExecuteNonQueryAsync(LedgerFixture.Token);
    }
}
