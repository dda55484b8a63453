using Google.Protobuf;
using Npgsql;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.Testing;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests.Funds;

/// <summary>Allocations that the version before planned know their keys, where the answers are still kept.</summary>
public sealed class AllocationKeyMigrationTests
{
    private const string Wallet = "INSERT INTO wallet (wallet_id, name, currency, created_at) VALUES ('wal_organisation', 'Organisation', 'USD', now())";

    private const string Before = """
        INSERT INTO allocation (allocation_id, wallet_id, amount, recurrence, time_zone, starts_at, at_end, state, due_at, description, actor, created_at)
        SELECT id, 'wal_organisation', 5, 2, 'UTC', now(), 1, 1, now(), description, 'old', now()
        FROM (VALUES ($1::uuid, 'answered'), (gen_random_uuid(), 'forgotten')) AS old (id, description)
        """;

    private const string Answers = """
        INSERT INTO idempotency (operation, idempotency_key, request_sha256, response, recorded_at)
        VALUES ('PlanAllocation', 'budget', sha256(''), $1, now()), ('Other', 'other', sha256(''), $1, now())
        """;

    [Fact(Timeout = 300_000)]
    public async Task Allocation_of_before_takes_its_key_from_the_answer_that_is_kept()
    {
        var id = Guid.CreateVersion7();
        var database = await TestPostgres.CreateDatabaseAsync("walletallocationkeys", async template =>
        {
            await using var old = NpgsqlDataSource.Create(template);
            await new Migrator(old, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token, upTo: 20);
            await using var before = old.CreateBatch();
            before.BatchCommands.Add(LedgerStore.Command(Wallet));
            before.BatchCommands.Add(LedgerStore.Command(Before, id));
            before.BatchCommands.Add(LedgerStore.Command(Answers, new Allocation { AllocationId = id.ToString(), WalletId = "wal_organisation", AmountNanos = 5 }.ToByteArray()));
            await before.ExecuteNonQueryAsync(LedgerFixture.Token);
        });
        await using var source = NpgsqlDataSource.Create(database);
        await new Migrator(source, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token);

        Assert.Equal(
            "answered budget, forgotten ",
            await source.CreateCommand("SELECT string_agg(description || ' ' || coalesce(idempotency_key, ''), ', ' ORDER BY description) FROM allocation").ExecuteScalarAsync(LedgerFixture.Token));
    }
}
