using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Tests;

/// <summary>What comes to Wallet before what it is of: corrections (decision 0210), and credit notes that give back more than their wallet has spent (decision 0235).</summary>
public sealed class AwaitingUsageTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Fact(Timeout = 300_000)]
    public async Task A_correction_before_what_it_corrects_waits_and_holds_nothing_else_up()
    {
        var (team, other) = (await ledger.TeamWithAsync(100), await ledger.TeamWithAsync(100));
        var (drawn, record, elsewhere) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await ledger.HoldAsync(team, drawn, 50, sent: true);
        await ledger.HoldAsync(other, elsewhere, 50, sent: true);
        var batch = new UsageMetered(
            Guid.CreateVersion7(),
            [
                ledger.Item(team, drawn, 5, corrects: record) with { AwaitsRecord = true }, ledger.Item(other, elsewhere, 20),
                ledger.Item(team, Guid.CreateVersion7(), -7, FundingClass.External, corrects: Guid.CreateVersion7()),
            ]);
        Assert.True(await ledger.Get<PostUsage>().RunAsync(batch, LedgerFixture.Token));
        Assert.False(await ledger.Get<PostUsage>().RunAsync(batch, LedgerFixture.Token));

        // The hold is there for the record still; the other team's is posted.
        Assert.Equal("50/50/0/0 over 0 of 100", (await ledger.WalletAsync(team)).Line());
        Assert.Equal("80/0/0/20 over 0 of 100", (await ledger.WalletAsync(other)).Line());

        await ledger.PostAsync(ledger.Item(team, drawn, 40, record: record));
        await ledger.PostAsync(ledger.Item(team, batch.Items[2].AttemptId, 10, FundingClass.External));
        await ledger.Get<PostAwaiting>().LookAsync(LedgerFixture.Token);
        await ledger.Get<PostAwaiting>().LookAsync(LedgerFixture.Token);
        Assert.Equal("52/0/0/48 over 0 of 100", (await ledger.WalletAsync(team)).Line());
        Assert.Equal("80/0/0/20 over 0 of 100", (await ledger.WalletAsync(other)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_was_put_off_by_a_clock_that_was_fast_is_posted_when_its_time_has_come_by_the_right_one()
    {
        var team = await ledger.TeamWithAsync(100);
        var early = ledger.Item(team, Guid.CreateVersion7(), -7, FundingClass.External, corrects: Guid.CreateVersion7()) with { AwaitsRecord = true };
        var fast = ledger.NewReplica(new FakeTimeProvider(ledger.Time.GetUtcNow().AddMinutes(20)));
        await fast.GetRequiredService<PostUsage>().RunAsync(new UsageMetered(Guid.CreateVersion7(), [early]), LedgerFixture.Token);
        await fast.GetRequiredService<PostAwaiting>().LookAsync(LedgerFixture.Token);
        await ledger.PostAsync(ledger.Item(team, early.AttemptId, 10, FundingClass.External));
        await ledger.Get<PostAwaiting>().LookAsync(LedgerFixture.Token);
        Assert.Equal("97/0/0/3 over 0 of 100", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_correction_of_what_never_comes_waits_an_hour_and_is_then_for_people_to_decide()
    {
        var team = await ledger.TeamWithAsync(100);
        var early = ledger.Item(team, Guid.CreateVersion7(), -7, FundingClass.External, corrects: Guid.CreateVersion7()) with { AwaitsRecord = true };
        await ledger.PostAsync(early);
        var looks = new Looks(ledger);
        await looks.UntilAsync(PostAwaiting.Longest - TimeSpan.FromSeconds(1));
        Assert.Equal(1, await WaitingAsync());

        await looks.UntilAsync(PostAwaiting.Longest + TimeSpan.FromMinutes(1));
        Assert.Equal(0, await WaitingAsync());
        Assert.Equal("wallet-usage-metered", await ledger.ScalarAsync<string>(
            "SELECT queue FROM dead_message WHERE failure_type LIKE '%RecordAwaitedException' AND failure_message LIKE $1", $"%{early.RecordId}%"));
        var body = JsonNode.Parse(await ledger.ScalarAsync<byte[]>("SELECT body FROM dead_message WHERE failure_message LIKE $1", $"%{early.RecordId}%"))!;
        Assert.Equal("urn:message:Platform.Contracts.Events:UsageRepublished", (string?)body["messageType"]![0]);

        // A replay brings it back to wait once more.
        var again = body["message"].Deserialize<UsageRepublished>(JsonSerializerOptions.Web)!.Usage;
        Assert.Equal([early], again.Items);
        Assert.True(await ledger.Get<PostUsage>().RunAsync(again, LedgerFixture.Token));
        Assert.Equal(1, await WaitingAsync());
        await ledger.PostAsync(ledger.Item(team, early.AttemptId, 10, FundingClass.External));
        await looks.UntilAsync(TimeSpan.Zero);
        Assert.Equal("97/0/0/3 over 0 of 100", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();

        Task<long> WaitingAsync() => ledger.ScalarAsync<long>("SELECT count(*) FROM awaiting_usage WHERE record_id = $1", early.RecordId);
    }

    [Fact(Timeout = 300_000)]
    public async Task Credit_of_a_team_goes_to_the_wallets_that_its_calls_were_charged_to_once_its_own_has_spent_too_little_for_a_minute()
    {
        var team = await ledger.TeamWithAsync(1_000);
        await ledger.ApplicationAsync("app_bot", team);
        await ledger.UserAsync("ann");
        await ledger.UserAsync("bob");
        foreach (var (user, application) in new[] { ("ann", ""), ("bob", ""), ("", "app_bot") })
        {
            await ledger.Get<CreateWallet>().RunAsync(
                new CreateWalletRequest { TeamId = team, UserId = user, ApplicationId = application, IdempotencyKey = $"{team}{user}{application}" }, "test", LedgerFixture.Token);
        }

        var looks = new Looks(ledger);

        // 10 by the team, 30 and 60 by its users, which have nothing of their own: all of that is overage.
        await ledger.PostAsync(Used(10, ""), Used(30, "ann"), Used(60, "bob"));
        var credit = ledger.Item(team, Guid.CreateVersion7(), -41, FundingClass.External) with { Calls = 0 };
        var tooMuch = ledger.Item(team, Guid.CreateVersion7(), -60, FundingClass.External) with { Calls = 0 };
        await ledger.PostAsync(credit);
        await looks.UntilAsync(PostAwaiting.DividedAfter - TimeSpan.FromMilliseconds(1));
        Assert.Equal("990/0/0/10 over 0 of 1000", await LineAsync());

        // All of the team's own 10, of the other 31 a third and two thirds of what the users have spent.
        await looks.UntilAsync(2 * PostAwaiting.DividedAfter);
        Assert.Equal("1000/0/0/0 over 0 of 1000", await LineAsync());
        Assert.Equal("0/0/0/20 over 20 of 0", await LineAsync("ann"));
        Assert.Equal("0/0/0/39 over 39 of 0", await LineAsync("bob"));
        Assert.Equal("0/0/0/0 over 0 of 0", await LineAsync(application: "app_bot"));
        Assert.Equal(0, await WaitingAsync(credit));
        await foreach (var posting in ledger.Get<PostingStore>().ListAsync(null, null, LedgerFixture.Token))
        {
            Assert.True(posting.PostingId != $"{credit.RecordId}" || (posting.WalletId, posting.CostNanos) == (WalletAccounts.IdOf(team), -41));
        }

        // What all of them have not spent stays where it waits, and holds nothing of the others up.
        await ledger.PostAsync(tooMuch);
        await looks.UntilAsync(3 * PostAwaiting.DividedAfter);
        Assert.Equal("0/0/0/39 over 39 of 0", await LineAsync("bob"));
        Assert.Equal(1, await WaitingAsync(tooMuch));
        Assert.Equal(
            $"it gives back more than {WalletAccounts.IdOf(team)} and the other wallets of its team have spent",
            await ledger.ScalarAsync<string>("SELECT why FROM awaiting_usage WHERE record_id = $1", tooMuch.RecordId));
        await ledger.PostAsync(Used(1, "ann"));
        await looks.UntilAsync(4 * PostAwaiting.DividedAfter);
        Assert.Equal("0/0/0/0 over 0 of 0", await LineAsync("ann"));

        // Of a call that the organisation paid for, since the team's money had ended, it gets back what nobody else has spent, at the end of the hour.
        await ledger.PostAsync(ledger.Item("nobody", Guid.CreateVersion7(), 5, FundingClass.External));
        var ofOrganisation = ledger.Item(team, Guid.CreateVersion7(), -5, FundingClass.External) with { Calls = 0 };
        await ledger.PostAsync(ofOrganisation);
        var spent = await SpentOfOrganisationAsync();
        await looks.UntilAsync(PostAwaiting.Longest - TimeSpan.FromMinutes(1));
        Assert.Equal((spent, 1), (await SpentOfOrganisationAsync(), await WaitingAsync(ofOrganisation)));
        await looks.UntilAsync(PostAwaiting.Longest);
        Assert.Equal((spent - 5, 0), (await SpentOfOrganisationAsync(), await WaitingAsync(ofOrganisation)));
        Assert.Equal(0, await WaitingAsync(tooMuch));
        await ledger.VerifyAsync();

        Task<long> SpentOfOrganisationAsync() => ledger.ScalarAsync<long>("SELECT spent FROM wallet WHERE wallet_id = $1", WalletAccounts.OrganisationId);

        UsageMeteredItem Used(long nanos, string user) => ledger.Item(team, Guid.CreateVersion7(), nanos, FundingClass.External) with { UserId = user };

        async Task<string> LineAsync(string user = "", string application = "") => (await ledger.Get<ReadWallets>().BalanceAsync(
            new GetBalanceRequest { TeamId = team, UserId = user, ApplicationId = application }, LedgerFixture.Token)).Effective.Line();
    }

    [Fact(Timeout = 300_000)]
    public async Task What_waits_locks_the_wallets_of_a_team_for_what_is_divided_alone_and_the_organisations_at_the_end()
    {
        var (team, user) = await TeamWithUserAsync();
        var early = ledger.Item(team, Guid.CreateVersion7(), -7, FundingClass.External, corrects: Guid.CreateVersion7()) with { AwaitsRecord = true };
        await ledger.PostAsync(early, ledger.Item(team, Guid.CreateVersion7(), -10, FundingClass.External) with { Calls = 0 });
        var looks = new Looks(ledger);
        await looks.UntilAsync(PostAwaiting.DividedAfter - TimeSpan.FromMilliseconds(1));
        await ledger.PostAsync(ledger.Item(team, Guid.CreateVersion7(), 10, FundingClass.External));

        // One waits for its record, and the other is covered by now: neither asks for more than the team's own wallet.
        await using var connection = new NpgsqlConnection(ledger.ConnectionString);
        await connection.OpenAsync(LedgerFixture.Token);
        await using (await LockAsync(WalletAccounts.OrganisationId, user))
        {
            await looks.UntilAsync(1.5 * PostAwaiting.DividedAfter);
            Assert.Equal("1000/0/0/0 over 0 of 1000", (await ledger.WalletAsync(team)).Line());
        }

        var credit = ledger.Item(team, Guid.CreateVersion7(), -5, FundingClass.External) with { Calls = 0 };
        await ledger.PostAsync(credit, ledger.Item(team, Guid.CreateVersion7(), 5, FundingClass.External) with { UserId = "uli" });
        await using (await LockAsync(WalletAccounts.OrganisationId))
        {
            await looks.UntilAsync(3 * PostAwaiting.DividedAfter);
            Assert.Equal(0, await WaitingAsync(credit));
        }

        await ledger.PostAsync(ledger.Item(team, early.AttemptId, 7, FundingClass.External));
        await looks.UntilAsync(4 * PostAwaiting.DividedAfter);
        Assert.Equal(0, await ledger.ScalarAsync<long>("SELECT spent FROM wallet WHERE wallet_id = $1", user));
        Assert.Equal("1000/0/0/0 over 0 of 1000", (await ledger.WalletAsync(team)).Line());
        await ledger.VerifyAsync();

        async Task<NpgsqlTransaction> LockAsync(params string[] wallets)
        {
            var transaction = await connection.BeginTransactionAsync(LedgerFixture.Token);
            await using var command = new NpgsqlCommand("SELECT 1 FROM wallet WHERE wallet_id = ANY($1) ORDER BY wallet_id FOR UPDATE", connection, transaction) { Parameters = { new() { Value = wallets } } };
            await command.ExecuteNonQueryAsync(LedgerFixture.Token);
            return transaction;
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Time_in_which_nothing_could_be_posted_divides_no_credit_and_gives_nothing_up()
    {
        var (team, user) = await TeamWithUserAsync();
        await ledger.PostAsync(ledger.Item(team, Guid.CreateVersion7(), 5, FundingClass.External) with { UserId = "uli" });
        var credit = ledger.Item(team, Guid.CreateVersion7(), -5, FundingClass.External) with { Calls = 0 };
        await ledger.PostAsync(credit);

        // Started after two hours: what the credit note has overtaken may be in the queue still.
        var looks = new Looks(ledger, 2 * PostAwaiting.Longest);
        await looks.UntilAsync(TimeSpan.Zero);
        await looks.UntilAsync((2 * PostAwaiting.Longest) + PostAwaiting.DividedAfter - TimeSpan.FromSeconds(1));
        Assert.Equal(1, await WaitingAsync(credit));

        // Nor does time count before a look that failed, or in which there was none.
        await looks.FailAsync();
        await looks.UntilAsync((2 * PostAwaiting.Longest) + PostAwaiting.DividedAfter + TimeSpan.FromSeconds(29));
        looks.Clock.Advance(2 * PostAwaiting.DividedAfter);
        await looks.UntilAsync(TimeSpan.Zero);
        Assert.Equal(1, await WaitingAsync(credit));
        await looks.UntilAsync((2 * PostAwaiting.Longest) + (5 * PostAwaiting.DividedAfter));
        Assert.Equal(0, await WaitingAsync(credit));
        Assert.Equal(0, await ledger.ScalarAsync<long>("SELECT spent FROM wallet WHERE wallet_id = $1", user));
        await ledger.VerifyAsync();
    }

    private async Task<(string Team, string UserWallet)> TeamWithUserAsync()
    {
        var team = await ledger.TeamWithAsync(1_000);
        await ledger.UserAsync("uli");
        await ledger.Get<CreateWallet>().RunAsync(new CreateWalletRequest { TeamId = team, UserId = "uli", IdempotencyKey = $"{team}uli" }, "test", LedgerFixture.Token);
        return (team, WalletAccounts.IdOf(team, "uli"));
    }

    private Task<long> WaitingAsync(UsageMeteredItem item) => ledger.ScalarAsync<long>("SELECT count(*) FROM awaiting_usage WHERE record_id = $1", item.RecordId);

    /// <summary>A process that looks at what waits every half minute.</summary>
    private sealed class Looks
    {
        private readonly DateTimeOffset _zero;
        private readonly PostAwaiting _awaiting;

        public Looks(LedgerFixture ledger, TimeSpan startedAfter = default)
        {
            _zero = ledger.Time.GetUtcNow();
            Clock = new FakeTimeProvider(_zero + startedAfter);
            _awaiting = ActivatorUtilities.CreateInstance<PostAwaiting>(ledger.NewReplica(Clock));
        }

        public FakeTimeProvider Clock { get; }

        /// <summary>Looks now, and on until then where that is to come.</summary>
        public async Task UntilAsync(TimeSpan later)
        {
            await _awaiting.LookAsync(LedgerFixture.Token);
            for (TimeSpan left; (left = _zero + later - Clock.GetUtcNow()) > TimeSpan.Zero;)
            {
                Clock.Advance(left < TimeSpan.FromSeconds(30) ? left : TimeSpan.FromSeconds(30));
                await _awaiting.LookAsync(LedgerFixture.Token);
            }
        }

        public Task<OperationCanceledException> FailAsync() => Assert.ThrowsAnyAsync<OperationCanceledException>(() => _awaiting.LookAsync(new CancellationToken(canceled: true)));
    }
}
