using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Tests.Funds;

/// <summary>What a wallet and all below it had spent at full hours (decision 0230).</summary>
public sealed class SpentMarkTests : AllocationCase
{
    // Against what every entry adds up to, in seconds since $1 and twice a second.
    private const string Differences = """
        SELECT count(*) FROM generate_series($1 - interval '10 seconds', $2 + interval '10 seconds', interval '500 milliseconds') AS moment
        WHERE tree_spent_at('wal_organisation', moment) <> (
            SELECT coalesce(sum(e.amount), 0) FROM ledger_entry e JOIN transfer USING (transfer_seq) WHERE e.account = 5 AND recorded_at < moment)
        """;

    [Fact(Timeout = 300_000)]
    public async Task Money_without_tokens_is_in_what_is_left_and_in_no_pace()
    {
        var team = await Ledger.TeamWithAsync(7_000);
        await Ledger.UserAsync("eve");
        await Ledger.Get<CreateWallet>().RunAsync(new CreateWalletRequest { TeamId = team, UserId = "eve", IdempotencyKey = team }, "test", LedgerFixture.Token);
        var used = Ledger.Item(team, Guid.CreateVersion7(), 700, FundingClass.External);
        await Ledger.PostAsync(used, Ledger.Item(team, Guid.CreateVersion7(), -500, FundingClass.External) with { Calls = 0 });
        await Ledger.PostAsync(Ledger.Item(team, Guid.CreateVersion7(), 90, FundingClass.External) with { Calls = 0, UserId = "eve" });
        var wallet = await ShowAsync(WalletAccounts.IdOf(team));
        Assert.Equal((200, 6_800), (wallet.Wallet.SpentNanos, wallet.Wallet.AvailableNanos));
        foreach (var rate in new[] { wallet.BurnRate, wallet.TreeBurnRate })
        {
            Assert.Equal((700, 700, 700, 700), (rate.LastDayNanos, rate.Last7DaysNanos, rate.Last30DaysNanos, rate.DailyNanos));
            Assert.Equal(6_800 / 700.0, (rate.DepletesAt.ToDateTimeOffset() - Ledger.Time.GetUtcNow()).TotalDays, 3);
        }

        // What takes tokens back is of the pace.
        await Ledger.PostAsync(Ledger.Item(team, used.AttemptId, -7, FundingClass.External, corrects: used.RecordId));
        Assert.Equal((693, 693), ((await ShowAsync(WalletAccounts.IdOf(team))).BurnRate.LastDayNanos, (await ShowAsync(WalletAccounts.IdOf(team))).TreeBurnRate.LastDayNanos));

        Task<GetWalletResponse> ShowAsync(string walletId) => Ledger.Get<ReadWallets>().GetAsync(walletId, LedgerFixture.Token);
    }

    [Fact(Timeout = 600_000)]
    public async Task A_tree_had_spent_what_its_entries_add_up_to_though_clocks_of_replicas_differ()
    {
        var behind = new FakeTimeProvider(Ledger.Time.GetUtcNow() - TimeSpan.FromSeconds(5));
        PostUsage[] replicas = [Ledger.Get<PostUsage>(), Ledger.NewReplica(behind).GetRequiredService<PostUsage>()];

        // The last has no money: all that it spends is overage.
        string[] teams = [await Ledger.TeamWithAsync(10_000), await Ledger.TeamWithAsync(10_000), await Ledger.TeamWithAsync(400), await Ledger.TeamWithAsync(0)];
        var (random, begin) = (new Random(7), Ledger.Time.GetUtcNow());
        for (var i = 0; i < 120; i++)
        {
            var (replica, team) = (replicas[random.Next(2)], teams[random.Next(4)]);
            var item = Ledger.Item(team, Guid.CreateVersion7(), random.Next(20, 60), FundingClass.External);
            Assert.True(await replica.RunAsync(new UsageMetered(Guid.CreateVersion7(), [item]), LedgerFixture.Token));
            if (random.Next(3) == 0)
            {
                var refund = Ledger.Item(team, item.AttemptId, -random.Next(1, 20), FundingClass.External, corrects: item.RecordId);
                Assert.True(await replica.RunAsync(new UsageMetered(Guid.CreateVersion7(), [refund]), LedgerFixture.Token));
            }

            var step = TimeSpan.FromMilliseconds(random.Next(4) * 500);
            Ledger.Time.Advance(step);
            behind.Advance(step);
        }

        // What is told of here: between wallets, moments do not follow the order of sequences.
        Assert.True(await Ledger.ScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM transfer t JOIN transfer earlier ON earlier.transfer_seq < t.transfer_seq AND earlier.recorded_at > t.recorded_at)"));
        Assert.Equal(0L, await Ledger.ScalarAsync<long>(Differences, begin, Ledger.Time.GetUtcNow()));
        await Ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_trees_figures_begin_at_full_hours_and_what_was_spent_before_them_is_looked_up_once()
    {
        var team = await Ledger.TeamWithAsync(10_000);
        await SpendAsync(team, 100);
        Ledger.Time.SetUtcNow(At("2027-03-11T12:59:59Z"));
        Assert.Equal((100, 100, 100), await RateAsync());
        Assert.Equal(3, await CountMarksAsync());

        Ledger.Time.SetUtcNow(At("2027-03-11T13:00:00Z"));
        await SpendAsync(team, 7);
        Assert.Equal((7, 107, 107), await RateAsync());
        await SpendAsync(team, 1);
        Assert.Equal((8, 108, 108), await RateAsync());
        Assert.Equal(6, await CountMarksAsync());

        // Seven days later the week's hour is the one that the day's was; what nobody will ask for any more is forgotten.
        Ledger.Time.SetUtcNow(At("2027-03-17T13:10:00Z"));
        Assert.Equal((0, 8, 108), await RateAsync());
        Assert.Equal(8, await CountMarksAsync());
        Ledger.Time.SetUtcNow(At("2027-06-01T00:00:00Z"));
        await Ledger.Get<TreeBurnRate>().PrepareAsync(WalletAccounts.OrganisationId, LedgerFixture.Token);
        Assert.Equal(3, await CountMarksAsync());
        Assert.Equal((0, 0, 0), await RateAsync());
        Assert.Equal(3, await CountMarksAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task What_a_tree_had_spent_is_looked_up_while_its_wallets_are_being_changed()
    {
        var team = await Ledger.TeamWithAsync(10_000);
        await SpendAsync(team, 100);
        await using var connection = await Ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token);
        await using var transaction = await connection.BeginTransactionAsync(LedgerFixture.Token);
        await using (var command = new NpgsqlCommand("SELECT FROM wallet FOR UPDATE", connection, transaction))
        {
            await command.ExecuteNonQueryAsync(LedgerFixture.Token);
        }

        Assert.Equal((100, 100, 100), await RateAsync());
        Assert.Equal(3, await CountMarksAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task A_trees_pace_is_of_the_time_that_its_week_really_has()
    {
        var team = await Ledger.TeamWithAsync(10_000);
        Ledger.Time.SetUtcNow(At("2027-04-10T12:30:00Z"));
        await SpendAsync(team, 337);
        var rate = (await Ledger.Get<ReadWallets>().GetAsync(WalletAccounts.OrganisationId, LedgerFixture.Token)).TreeBurnRate;

        // 168.5 hours.
        Assert.Equal((337, 48), (rate.Last7DaysNanos, rate.DailyNanos));
    }

    private async Task<(long, long, long)> RateAsync()
    {
        var rate = (await Ledger.Get<ReadWallets>().GetAsync(WalletAccounts.OrganisationId, LedgerFixture.Token)).TreeBurnRate;
        return (rate.LastDayNanos, rate.Last7DaysNanos, rate.Last30DaysNanos);
    }

    private Task<long> CountMarksAsync() => Ledger.ScalarAsync<long>("SELECT count(*) FROM spent_mark");
}
