using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.Testing;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests.Funds;

/// <summary>Whether a key has moved money is asked of the ledger, also of one that was there before it kept keys.</summary>
public sealed class TransferKeyTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    // Of the version before: a top-up without a key. The file that holds the table must not be another one after the migration: nothing was rewritten.
    private const string Before = """
        INSERT INTO identity.organisation (name, currency, revision, created_at) VALUES ('Organisation', 'USD', 1, now());
        INSERT INTO wallet (wallet_id, name, currency, created_at, available, credited) VALUES ('wal_organisation', 'Organisation', 'USD', now(), 100, 100);
        INSERT INTO transfer (
            transfer_id, kind, amount, from_wallet, from_account, from_before, from_after, to_wallet, to_account, to_before, to_after, available_before,
            available_after, actor, description, reference, occurred_at, recorded_at)
        VALUES (gen_random_uuid(), 1, 100, 'wal_organisation', 1, 0, -100, 'wal_organisation', 2, 0, 100, 0, 100, 'old', '', '', now() - interval '1 year', '2026-01-01Z');
        CREATE TABLE file_before AS SELECT pg_relation_filenode('transfer') AS file;
        """;

    [Fact(Timeout = 300_000)]
    public async Task Ledger_of_before_is_not_rewritten_and_its_transfers_have_no_key()
    {
        var database = await TestPostgres.CreateDatabaseAsync("wallettransferkeys", async template =>
        {
            await using var old = NpgsqlDataSource.Create(template);
            await new Migrator(old, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token, upTo: 15);
            await old.CreateCommand(Before).ExecuteNonQueryAsync(LedgerFixture.Token);
        });
        await using var source = NpgsqlDataSource.Create(database);
        await new Migrator(source, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token);

        Assert.Equal(true, await source.CreateCommand("SELECT file = pg_relation_filenode('transfer') FROM file_before").ExecuteScalarAsync(LedgerFixture.Token));
        var answer = await new ListTransactions(new LedgerStore(source), new TransferStore(source)).RunAsync(
            new ListTransactionsRequest { WalletId = WalletAccounts.OrganisationId }, LedgerFixture.Token);
        Assert.Equal("100 ''", $"{answer.Transactions.Single().AmountNanos} '{answer.Transactions.Single().IdempotencyKey}'");
    }

    [Fact(Timeout = 300_000)]
    public async Task Transfer_of_people_is_found_by_its_key_in_each_wallet_that_it_touched()
    {
        var team = await ledger.TeamWithAsync(0);
        var credit = await ledger.CreditAsync(50, "invoice 17");
        var allocation = await ledger.AllocateAsync(team, 40, "invoice 17");
        await ledger.HoldAsync(team, Guid.CreateVersion7(), 10);
        await ledger.CreditAsync(50, "invoice 18");

        Assert.Equal("invoice 17", credit.IdempotencyKey);
        Assert.Equal([allocation.TransferId, credit.TransferId], await FindAsync(WalletAccounts.OrganisationId, "invoice 17"));
        Assert.Equal([allocation.TransferId], await FindAsync(WalletAccounts.IdOf(team), "invoice 17"));
        Assert.Equal([credit.TransferId], await FindAsync(WalletAccounts.OrganisationId, "invoice 17", TransferKind.TopUp));
        Assert.Empty(await FindAsync(WalletAccounts.OrganisationId, "invoice 19"));
        Assert.Equal(
            ["TopUp invoice 18", "Allocation invoice 17", "TopUp invoice 17"],
            (await ListAsync(new ListTransactionsRequest { WalletId = WalletAccounts.OrganisationId, PageSize = 3 })).Select(transfer => $"{transfer.Kind} {transfer.IdempotencyKey}"));
        Assert.Equal(["Reserve ", "Allocation invoice 17"], (await ListAsync(new ListTransactionsRequest { WalletId = WalletAccounts.IdOf(team) })).Select(
            transfer => $"{transfer.Kind} {transfer.IdempotencyKey}"));
        Assert.Equal(
            Reasons.InvalidArgument,
            await HoldTests.TryAsync(() => ListAsync(
                new ListTransactionsRequest { WalletId = WalletAccounts.OrganisationId, IdempotencyKey = "a", AttemptId = Guid.CreateVersion7().ToString() })));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Overage_that_a_credit_repays_does_not_take_its_key()
    {
        var team = await ledger.TeamWithAsync(10);
        await ledger.PostAsync(ledger.Item(team, Guid.CreateVersion7(), 30, FundingClass.External));
        await ledger.CreditAsync(100);
        await ledger.AllocateAsync(team, 15, "june");
        Assert.Equal(["Allocation"], (await ListAsync(new ListTransactionsRequest { WalletId = WalletAccounts.IdOf(team), IdempotencyKey = "june" })).Select(
            transfer => $"{transfer.Kind}"));
        Assert.Equal(15, await ledger.ScalarAsync<long>("SELECT sum(amount)::bigint FROM transfer WHERE kind = 8 AND to_wallet = $1 AND idempotency_key IS NULL", WalletAccounts.IdOf(team)));
        await ledger.VerifyAsync();
    }

    private async Task<IEnumerable<string>> FindAsync(string wallet, string key, params TransferKind[] kinds) =>
        (await ListAsync(new ListTransactionsRequest { WalletId = wallet, IdempotencyKey = key, Kinds = { kinds } })).Select(transfer => transfer.TransferId);

    private async Task<IReadOnlyList<Transfer>> ListAsync(ListTransactionsRequest request) =>
        (await ledger.Get<ListTransactions>().RunAsync(request, LedgerFixture.Token)).Transactions;
}
