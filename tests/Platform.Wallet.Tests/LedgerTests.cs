using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;
using Platform.Wallet.Verification;

namespace Platform.Wallet.Tests;

public sealed class LedgerTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Fact(Timeout = 300_000)]
    public async Task One_idempotency_key_has_one_effect_and_one_answer_also_at_once()
    {
        var team = await ledger.TeamWithAsync(0);
        await ledger.CreditAsync(100);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ledger.AllocateAsync(team, 40, $"once-{team}")));

        Assert.Single(answers.Distinct());
        Assert.Equal("40/0/0/0 over 0 of 40", (await ledger.WalletAsync(team)).Line());
        Assert.Equal(Reasons.IdempotencyConflict, await HoldTests.TryAsync(() => ledger.AllocateAsync(team, 41, $"once-{team}")));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_refused_allocation_changes_nothing_and_its_key_may_be_used_again()
    {
        var team = await ledger.TeamWithAsync(0);
        var available = await ledger.ScalarAsync<long>("SELECT available FROM wallet WHERE wallet_id = 'wal_organisation'");
        Assert.Equal(Reasons.InsufficientFunds, await HoldTests.TryAsync(() => ledger.AllocateAsync(team, available + 1_000_000_000, $"later-{team}")));
        await ledger.CreditAsync(1_000_000_000);
        Assert.Equal(available + 1_000_000_000, (await ledger.AllocateAsync(team, available + 1_000_000_000, $"later-{team}")).AmountNanos);
        await ledger.VerifyAsync();
    }

    [Theory]
    [InlineData("team_support", 0, "USD", "k", Reasons.AmountInvalid)]
    [InlineData("team_support", -5, "USD", "k", Reasons.AmountInvalid)]
    [InlineData("team_support", 5, "EUR", "k", Reasons.CurrencyMismatch)]
    [InlineData("team_nobody", 5, "USD", "k", Reasons.TeamNotFound)]
    [InlineData("organisation", 5, "USD", "k", Reasons.TeamNotFound)]
    [InlineData("No Team", 5, "USD", "k", Reasons.InvalidArgument)]
    [InlineData("team_support", 5, "USD", "", Reasons.InvalidArgument)]
    public async Task A_bad_allocation_has_its_reason(string team, long amount, string currency, string key, string reason) => Assert.Equal(
        reason,
        await HoldTests.TryAsync(() => ledger.Get<AllocateFunds>().RunAsync(
            new AllocateRequest { TeamId = team, AmountNanos = amount, Currency = currency, IdempotencyKey = key }, "test", LedgerFixture.Token)));

    [Fact(Timeout = 300_000)]
    public async Task Transactions_are_paged_newest_first_and_seen_from_the_wallet_that_asks()
    {
        var team = await ledger.TeamWithAsync(50);
        for (var i = 1; i <= 4; i++)
        {
            await ledger.HoldAsync(team, Guid.CreateVersion7(), i);
        }

        var read = ledger.Get<ListTransactions>();
        var amounts = new List<long>();
        var token = "";
        do
        {
            var page = await read.RunAsync(
                new ListTransactionsRequest { WalletId = $"wal_{team}", PageSize = 2, PageToken = token }, LedgerFixture.Token);
            amounts.AddRange(page.Transactions.Select(transfer => transfer.AmountNanos));
            token = page.NextPageToken;
        }
        while (token.Length > 0);

        Assert.Equal([4, 3, 2, 1, 50], amounts);
        var organisation = await read.RunAsync(
            new ListTransactionsRequest { WalletId = WalletAccounts.OrganisationId, PageSize = 1 }, LedgerFixture.Token);
        var allocation = organisation.Transactions[0];
        Assert.Equal(("wal_organisation:available", $"wal_{team}:available"), (allocation.FromAccount, allocation.ToAccount));
        Assert.Equal(50, allocation.AvailableBeforeNanos - allocation.AvailableAfterNanos);
    }

    [Theory]
    [InlineData("wal_nobody", "", Reasons.WalletNotFound)]
    [InlineData("wal_team_support", "nonsense!", Reasons.PageTokenInvalid)]
    [InlineData("wal_team_support", "AAAA", Reasons.PageTokenInvalid)]
    [InlineData("wal_team_support", "gAAAAAAAAAA", Reasons.PageTokenInvalid)]
    public async Task A_bad_page_has_its_reason(string wallet, string token, string reason) => Assert.Equal(
        reason,
        await HoldTests.TryAsync(() => ledger.Get<ListTransactions>().RunAsync(
            new ListTransactionsRequest { WalletId = wallet, PageToken = token }, LedgerFixture.Token)));

    [Fact(Timeout = 300_000)]
    public async Task The_database_itself_refuses_what_no_ledger_may_contain()
    {
        var team = await ledger.TeamWithAsync(10);
        await ledger.HoldAsync(team, Guid.CreateVersion7(), 1);
        foreach (var sql in new[]
                 {
                     "UPDATE wallet SET available = available - 100, spent = spent + 100 WHERE team_id = $1",
                     "UPDATE wallet SET available = available + 1 WHERE team_id = $1",
                     "DELETE FROM wallet WHERE team_id = $1",
                     "DELETE FROM transfer WHERE to_wallet = $1",
                     "UPDATE transfer SET amount = 1 WHERE to_wallet = $1",
                     "DELETE FROM identity.audit_log WHERE subject = $1",
                 })
        {
            await Assert.ThrowsAsync<PostgresException>(() => ledger.ScalarAsync<object>(sql, team));
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Verify_names_a_balance_that_its_entries_do_not_make()
    {
        await using var own = new Disposable();
        await own.Ledger.InitializeAsync();
        await own.Ledger.ScalarAsync<long>("UPDATE wallet SET available = available + 5, credited = credited + 5 WHERE wallet_id = 'wal_organisation' RETURNING 1::bigint");
        var findings = (await own.Ledger.Get<VerifyLedger>().RunAsync(LedgerFixture.Token)).Findings;
        Assert.Contains("wal_organisation:available is 1000005, but its entries add up to 1000000.", findings);
    }

    [Fact(Timeout = 300_000)]
    public async Task Verify_names_entries_of_a_wallet_that_does_not_exist()
    {
        await using var own = new Disposable();
        await own.Ledger.InitializeAsync();
        await own.Ledger.ScalarAsync<long>("ALTER TABLE wallet DISABLE TRIGGER ALL; DELETE FROM wallet; SELECT 1::bigint");
        var findings = (await own.Ledger.Get<VerifyLedger>().RunAsync(LedgerFixture.Token)).Findings;
        Assert.Contains("2 entries are of wallet wal_organisation, which does not exist.", findings);
    }

    private sealed class Disposable : IAsyncDisposable
    {
        public LedgerFixture Ledger { get; } = new();

        public ValueTask DisposeAsync() => Ledger.DisposeAsync();
    }
}
